"""How somebody comes to sell: the case, its steps, and the desk that decides."""
