"""People, sign-in, sessions, roles and guards."""
