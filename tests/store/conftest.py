"""Databases of both kinds; a test that asks for one runs on each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hybrid_search.store.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with its tables."""
    database = Database(database_url)
    database.upgrade()
    yield database
    database.close()
