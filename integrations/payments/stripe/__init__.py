"""Cards by Stripe Checkout: the adapter, its events, and a stand-in for it."""
