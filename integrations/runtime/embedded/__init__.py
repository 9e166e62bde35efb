"""Real servers on this machine (PostgreSQL, Redis, S3) and the supervisor that keeps them alive."""
