"""Figures of staff."""
