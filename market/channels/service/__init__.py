"""Verbs of marketplaces: connect, offer, keep in step, take orders in."""
