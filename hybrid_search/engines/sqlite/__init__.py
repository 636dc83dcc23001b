"""SQLite as a search engine: one file, no server, exact vectors."""

from hybrid_search.engines.sqlite.engine import SqliteEngine

__all__ = ["SqliteEngine"]
