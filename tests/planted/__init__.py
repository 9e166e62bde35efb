"""Bugs that other shops shipped, planted one at a time: a named test must catch each."""
