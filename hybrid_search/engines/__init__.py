"""Search engines: one port, and an adapter for each engine."""
