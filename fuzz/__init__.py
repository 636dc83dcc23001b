"""Fuzzing of the running service: its whole description, and its requests."""
