"""The middle floor on the real servers."""
