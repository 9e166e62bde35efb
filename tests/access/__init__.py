"""Who may do what: every route by every role, every table by its neighbour."""
