"""Price lists, read without a file or a table."""
