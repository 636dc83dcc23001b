"""The command `hybrid-search`."""

from hybrid_search.cli.app import main

__all__ = ["main"]
