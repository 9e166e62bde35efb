"""Support that was given."""
