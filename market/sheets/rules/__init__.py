"""What a price list says: pure, without tables, web or clock."""
