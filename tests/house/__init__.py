"""The house rules, checked by machine: see docs/architecture.md."""
