"""Migrations of the top floor."""
