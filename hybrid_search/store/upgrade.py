"""Bringing the tables of a database to the newest version."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from hybrid_search.errors import DatabaseUnavailableError
from hybrid_search.store.address import Address, SqliteAddress
from hybrid_search.store.failures import driver_error, translated
from hybrid_search.store.postgresql_connections import open_postgresql
from hybrid_search.store.schema import migrate, version
from hybrid_search.store.sqlite_connections import IS_WRITING, create_file, open_sqlite

TIMEOUT_MS = 600_000
"""Longest wait for another process that upgrades, and for one statement of a migration."""

FILE_TIMEOUT_MS = 30_000
"""Longest wait for a process that uses a SQLite file which is not yet as we need it."""

_LOCK = 0x6879627269645F73
"""Our advisory lock on PostgreSQL: the bytes of `hybrid_s`."""


def make_file(address: SqliteAddress) -> None:
    """Make the file of a SQLite database and its folder, as far as they are missing.

    Raises:
        DatabaseError: they cannot be made, or the file is none of SQLite.
    """
    try:
        create_file(address.path, FILE_TIMEOUT_MS)
    except sqlite3.Error as error:
        raise driver_error(error, address) from error
    except OSError as error:
        msg = f"cannot make the database {str(address)!r}: {error.strerror}; choose another path"
        raise DatabaseUnavailableError(msg) from error


def upgrade(address: Address) -> int:
    """Bring the tables to the newest version and return it; all of it or nothing is done.

    Of several processes one does it, and the others wait for it.

    Raises:
        DatabaseError: a migration fails, or another process takes too long.
    """
    with _alone(address) as connection:
        migrate(connection)
        return version(connection)


@contextmanager
def _alone(address: Address) -> Iterator[Connection]:
    """A transaction in which no other process upgrades."""
    engine = _open(address)
    try:
        with translated(address), engine.begin() as connection:
            if not isinstance(address, SqliteAddress):
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection
    finally:
        engine.dispose()


def _open(address: Address) -> Engine:
    if isinstance(address, SqliteAddress):
        # Migrations rebuild tables, and dropping the old one would delete what refers to it.
        engine = open_sqlite(address, TIMEOUT_MS, has_foreign_keys=False, is_pooled=False)
        return engine.execution_options(**{IS_WRITING: True})
    return open_postgresql(address, TIMEOUT_MS, is_pooled=False)
