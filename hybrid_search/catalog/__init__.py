"""Products and how a shop's own files become products."""
