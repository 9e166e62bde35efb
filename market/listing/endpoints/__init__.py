"""The JSON API over goods and their photos."""
