"""Whatever reaches a phone."""
