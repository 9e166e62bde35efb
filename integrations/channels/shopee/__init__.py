"""Shopee Open Platform v2: signing, calls, errors in our words, pushes, and its stand-in."""
