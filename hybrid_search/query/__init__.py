"""What can be asked of the search service, and what it answers."""
