"""Goods and stock."""
