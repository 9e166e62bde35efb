"""Migrations of the middle floor."""
