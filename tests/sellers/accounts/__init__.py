"""Sign-in, sessions and codes."""
