"""Hybrid search for fashion shops: BM25, vectors and brand boosts, blended and explained."""

__version__ = "0.1.0"
