"""Pure words that every floor shares: money, text, phone, errors, the viewer, the ports."""
