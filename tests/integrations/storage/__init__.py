"""Storage adapters against real servers."""
