"""Outside money: the bank QR, signed bank notices, and the stand-in bank beside them."""
