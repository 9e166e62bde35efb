"""Marketplaces: wanted against seen."""
