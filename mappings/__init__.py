"""Index settings, mapping and synonyms, as files that a shop can replace."""
