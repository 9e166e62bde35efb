"""Card payments, from the checkout to the books."""
