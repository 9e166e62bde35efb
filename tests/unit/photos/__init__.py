"""Photos: rules and the decode child."""
