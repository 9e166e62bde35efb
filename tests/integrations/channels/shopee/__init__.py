"""Shopee: signatures, calls, errors, pushes, and its stand-in."""
