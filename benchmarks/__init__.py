"""What the service costs, each time beside a floor measured in the same run."""
