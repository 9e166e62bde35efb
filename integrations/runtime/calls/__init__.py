"""Calls that we make: what every client of ours shares."""
