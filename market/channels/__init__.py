"""Outside marketplaces: connected shops, what should stand there, what stands there."""
