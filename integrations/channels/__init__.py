"""Outside marketplaces, one folder each; strangers to each other."""
