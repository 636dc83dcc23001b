"""Real servers for tests: where they come from, how they start and end."""
