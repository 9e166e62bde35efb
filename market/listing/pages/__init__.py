"""Pages of producers about their goods, and of staff who review them."""
