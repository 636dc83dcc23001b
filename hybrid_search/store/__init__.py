"""The database of this product: API keys, the query log, and what later work keeps there."""
