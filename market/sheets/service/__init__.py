"""Verbs on price lists: take one in, read it, import its good lines, give it back."""
