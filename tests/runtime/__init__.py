"""Ground floor on the real servers."""
