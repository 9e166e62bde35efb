"""What staff do with figures: look, take them away, and what keeps them right."""
