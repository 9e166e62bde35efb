"""Tests of cart, checkout and the buyer's order."""
