"""The console: pages of the service for people, rendered here; they need no JavaScript."""
