"""A stateful stand-in for Stripe: its API, its hosted page, its notices, and a way to break it."""
