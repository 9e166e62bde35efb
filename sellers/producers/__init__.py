"""Producers: who sells, where, and where their money goes."""
