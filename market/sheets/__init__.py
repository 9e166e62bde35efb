"""Goods from a spreadsheet as it is, and back into one."""
