"""Marketplaces."""
