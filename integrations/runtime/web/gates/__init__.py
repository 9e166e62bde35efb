"""What a request must pass before anything of ours reads it. Pure ASGI."""
