"""Tests of hybrid_search; a package, so that tests can import `tests.servers`."""
