"""The servers themselves: how each is found, started, known to be ready, and taken over."""
