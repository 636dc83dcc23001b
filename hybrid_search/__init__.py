"""Hybrid search for fashion shops: BM25, vectors and brand boosts, blended and explained."""
