"""Cards: the real SDK through our adapter against the stand-in, over real HTTP."""
