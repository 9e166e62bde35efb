"""Crash runs: forks of one preloaded process die at named points, twice; a third one ends it."""
