"""What the service runs on: settings, database, queue, web, text, keys, clock."""
