"""Pure decisions of the checkout: the cart, what a buyer types, what a buyer is told."""
