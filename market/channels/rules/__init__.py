"""What may follow what, what differs, what is missing: decided without tables and clocks."""
