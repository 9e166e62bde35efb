"""Reads of the figures: each number and the list it opens share one WHERE."""
