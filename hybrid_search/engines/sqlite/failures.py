"""What SQLite refuses, in this package's errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hybrid_search.errors import (
    EngineError,
    EngineReadOnlyError,
    EngineTimeoutError,
    EngineUnavailableError,
)

_PRIMARY_CODE = 0xFF

_FAILURES: dict[int, tuple[type[EngineError], str]] = {
    sqlite3.SQLITE_BUSY: (
        EngineTimeoutError,
        "another process has been writing to it for too long; try again, or raise the timeout",
    ),
    sqlite3.SQLITE_LOCKED: (EngineTimeoutError, "it is locked; try again"),
    sqlite3.SQLITE_INTERRUPT: (EngineTimeoutError, "it was not done before its deadline"),
    sqlite3.SQLITE_READONLY: (
        EngineReadOnlyError,
        "it cannot be written to; check the permissions of the file and its folder",
    ),
    sqlite3.SQLITE_FULL: (EngineReadOnlyError, "the disk is full; free some space"),
    sqlite3.SQLITE_CANTOPEN: (
        EngineUnavailableError,
        "it cannot be opened; check that the folder exists and that both may be read and written",
    ),
    sqlite3.SQLITE_PERM: (EngineUnavailableError, "access is denied; check its permissions"),
    sqlite3.SQLITE_CORRUPT: (
        EngineError,
        "the file is damaged; move it away and index the catalogue again",
    ),
    sqlite3.SQLITE_NOTADB: (
        EngineError,
        "it is not a SQLite database; choose another file, or move this one away",
    ),
    sqlite3.SQLITE_IOERR: (EngineError, "reading or writing failed; check the disk"),
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise an `EngineError` for every error of SQLite within the block."""
    try:
        yield
    except sqlite3.Error as error:
        raise engine_error(error, path) from error


def engine_error(error: sqlite3.Error, path: Path) -> EngineError:
    """Return the error that says what happened to the database file and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    kind, remedy = _FAILURES.get(code, (EngineError, "run `hybrid-search doctor`"))
    return kind(f"SQLite database {str(path)!r}: {error}: {remedy}")
