"""Databases of both kinds; a test that asks for one runs on each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from hybrid_search.store.database import Database
from tests.store.wire import Wire


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


@pytest.fixture
def wire(postgresql_url: str) -> Iterator[Wire]:
    """A wire to the PostgreSQL server."""
    server = make_url(postgresql_url)
    with Wire(server.host or "localhost", server.port or 5432) as wire:
        yield wire


@pytest.fixture
def far_url(wire: Wire, postgresql_url: str) -> str:
    """URL of the PostgreSQL database at the other end of the wire."""
    url = make_url(postgresql_url).set(host="127.0.0.1", port=wire.port)
    return url.render_as_string(hide_password=False)
