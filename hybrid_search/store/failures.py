"""What a database refuses, in this package's errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from hybrid_search.errors import DatabaseError, DatabaseUnavailableError
from hybrid_search.store.address import Address
from hybrid_search.store.sqlite_connections import PRIMARY_CODE

_UNAVAILABLE = (OperationalError, InterfaceError, DisconnectionError, PoolTimeoutError)

_SQLITE: dict[int, str] = {
    sqlite3.SQLITE_BUSY: "another process has been writing to it for too long; try again",
    sqlite3.SQLITE_READONLY: "check the permissions of the file and its folder",
    sqlite3.SQLITE_FULL: "free some space",
    sqlite3.SQLITE_CANTOPEN: "run `hybrid-search database upgrade`, which makes it, or check that "
    "file and folder may be read and written",
    sqlite3.SQLITE_CORRUPT: "move the file away, and put a copy of before in its place",
    sqlite3.SQLITE_NOTADB: "choose another file, or move this one away",
    sqlite3.SQLITE_IOERR: "check the disk",
}
_POSTGRESQL: dict[str, str] = {
    "57014": "it took too long; try again",
    "55P03": "another process has been writing for too long; try again",
    "53100": "free some space on its disk",
    "53300": "let it take more connections (max_connections), or run fewer processes",
    "25006": "it takes no writes; give the address of the primary server",
    "42501": "give the user of the address the right to it",
}
_IS_IT_THERE = "check HYBRID_SEARCH_DATABASE_URL, that the server runs and that the user may use it"
_OTHERWISE = "run `hybrid-search database check`"


@contextmanager
def translated(address: Address) -> Iterator[None]:
    """Raise a `DatabaseError` for every error of the database within the block."""
    try:
        yield
    except SQLAlchemyError as error:
        raise database_error(error, address) from error


def database_error(error: SQLAlchemyError, address: Address) -> DatabaseError:
    """Return the error that says what happened to the database and what to do.

    Values of a statement are not in its text: they may be secret or personal.
    """
    cause = error.orig if isinstance(error, DBAPIError) else None
    kind = DatabaseUnavailableError if isinstance(error, _UNAVAILABLE) else DatabaseError
    return _described(kind, cause or error, address)


def driver_error(error: sqlite3.Error, address: Address) -> DatabaseError:
    """Return the same for an error that comes from the driver itself."""
    is_away = isinstance(error, sqlite3.OperationalError)
    return _described(DatabaseUnavailableError if is_away else DatabaseError, error, address)


def _described(kind: type[DatabaseError], cause: BaseException, address: Address) -> DatabaseError:
    return kind(f"database {str(address)!r}: {_first_line(cause)}: {_remedy(cause, kind)}")


def _first_line(cause: BaseException) -> str:
    """Return what the driver says; PostgreSQL shows values in further lines."""
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    lines = str(primary or cause).strip().splitlines()
    return lines[0].rstrip(" .:") if lines else type(cause).__name__


def _remedy(cause: BaseException, kind: type[DatabaseError]) -> str:
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & PRIMARY_CODE
        return _SQLITE.get(code, _OTHERWISE)
    state = getattr(cause, "sqlstate", None)
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    return _IS_IT_THERE if kind is DatabaseUnavailableError else _OTHERWISE
