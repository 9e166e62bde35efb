"""Top floor: what is shown, sold and paid, and the running service."""
