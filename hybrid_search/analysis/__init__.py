"""Text analysis: what counts as a word, in products and in queries, on every engine."""
