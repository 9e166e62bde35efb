"""Verbs on goods: one file per group; stock changes only in `stock.py`."""
