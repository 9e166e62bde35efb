"""Middle floor: who sells, and who helps them."""
