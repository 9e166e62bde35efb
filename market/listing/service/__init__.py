"""Verbs of producers on their goods, and of staff on what producers send."""
