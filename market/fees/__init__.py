"""Fees: commission and withheld tax by dated rules."""
