"""Elasticsearch 8.19 and 9 as a search engine, on the Basic licence."""
