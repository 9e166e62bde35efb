"""What staff see of the producers they support, and what came of it."""
