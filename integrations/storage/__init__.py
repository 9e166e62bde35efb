"""Object storage: adapters of the port `Storage`."""
