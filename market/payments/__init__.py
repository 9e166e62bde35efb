"""Payments: what a buyer owes for one part of an order, and which bank line pays it."""
