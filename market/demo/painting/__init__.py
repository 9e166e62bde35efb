"""The painter and what it can paint, for the pictures of the demo goods."""
