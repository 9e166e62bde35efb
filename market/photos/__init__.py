"""Photos: from what a phone sends to upright, clean pictures of a few widths."""
