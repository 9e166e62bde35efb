"""Faults with real processes: what dies, when, and that nothing is lost or done twice."""
