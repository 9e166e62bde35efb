"""The demo province: made-up people, goods and pictures, loaded on a first embedded start."""

PRODUCER_PHONE = "0912 345 678"
STAFF_PHONE = "0987 654 321"
