"""Connections to one database file, shared by the threads of a process."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hybrid_search.engines.sqlite.failures import translated
from hybrid_search.engines.sqlite.sqlite_queries import (
    APPLICATION_ID,
    CREATE_REGISTRY,
    SCHEMA_VERSION,
)
from hybrid_search.errors import EngineError, EngineUnavailableError, IndexMissingError

_CACHE_KIB = 16_384
_STATEMENTS = 256


class ConnectionPool:
    """Opens connections when they are needed and keeps them for the next transaction.

    Readers see the database as it was when their transaction began and never wait for a writer;
    writers wait for each other.
    """

    def __init__(self, path: Path, busy_timeout_ms: int) -> None:
        self.path = path
        self._busy_timeout_ms = busy_timeout_ms
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._process = os.getpid()

    @property
    def exists(self) -> bool:
        """Whether there is a file with something in it."""
        return self.path.exists() and self.path.stat().st_size > 0

    def create(self) -> None:
        """Make the folder, the file and its first tables, as far as they are missing.

        Raises:
            EngineUnavailableError: the folder cannot be made.
        """
        if self.exists:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"cannot make the folder {str(self.path.parent)!r}: {error}; choose another path"
            raise EngineUnavailableError(msg) from error
        with translated(self.path), closing(self._connect("rwc")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            for statement in CREATE_REGISTRY:
                connection.execute(statement)
            connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A read transaction: everything within sees one state."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: kept whole, or undone whole when the block raises."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with translated(self.path):
            connection = self._take()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                _undo(connection)
                raise
            self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._process != os.getpid():
                # A connection must not be used in a forked child; nor closed there.
                self._process, self._idle = os.getpid(), []
            if self._idle:
                return self._idle.pop()
        if not self.exists:
            msg = f"there is no database {str(self.path)!r} yet; run `hybrid-search index FILE`"
            raise IndexMissingError(msg)
        connection = self._connect("rw")
        try:
            self._check_format(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            self._idle.append(connection)

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._busy_timeout_ms / 1000,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        # An acknowledged write must outlive a power failure: the change log counts on it.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    def _check_format(self, connection: sqlite3.Connection) -> None:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if (application, version) == (APPLICATION_ID, SCHEMA_VERSION):
            return
        if application == APPLICATION_ID:
            problem = f"has format {version}, this version reads {SCHEMA_VERSION}"
        else:
            problem = "was not made by hybrid-search"
        msg = f"SQLite database {str(self.path)!r} {problem}; choose another file"
        raise EngineError(msg)


def _undo(connection: sqlite3.Connection) -> None:
    """Undo what was begun and give the connection up: it may be the cause of the failure."""
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    finally:
        connection.close()
