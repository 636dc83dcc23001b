"""Connections to a SQLite file."""

import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import Connection, Engine, NullPool, Pool, QueuePool, create_engine, event

from hybrid_search.store.address import SqliteAddress

IS_WRITING = "hybrid_search_is_writing"
"""Option of a connection: its transactions take the right to write when they begin.

A transaction that reads first and writes later is refused when another one wrote in between,
however long it would wait.
"""

PRIMARY_CODE = 0xFF
"""The part of an error code that says what it is about."""

_RETRY_S = 0.02


def open_sqlite(
    address: SqliteAddress,
    timeout_ms: int,
    *,
    has_foreign_keys: bool = True,
    is_pooled: bool = True,
) -> Engine:
    """Return an engine that waits no longer than the time for other writers.

    Args:
        address: a file that is there; it is not made.
        timeout_ms: longest wait, in ms.
        has_foreign_keys: whether references are held; migrations rebuild tables without it.
        is_pooled: whether connections are kept for the next transaction.
    """
    path = address.path

    def connect() -> sqlite3.Connection:
        connection = _connect(path, timeout_ms)
        connection.execute(f"PRAGMA foreign_keys = {'ON' if has_foreign_keys else 'OFF'}")
        return connection

    pool: type[Pool] = QueuePool if is_pooled else NullPool
    options = {"pool_timeout": timeout_ms / 1000} if is_pooled else {}
    engine = create_engine(
        "sqlite://", creator=connect, poolclass=pool, hide_parameters=True, **options
    )
    event.listen(engine, "begin", _begin)
    return engine


def create_file(path: Path, timeout_ms: int) -> None:
    """Make the folder and the file as far as they are missing, and let readers beside a writer in.

    Raises:
        OSError: the folder or the file cannot be made.
        sqlite3.Error: the file cannot be used.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    deadline = monotonic() + timeout_ms / 1000
    with closing(_connect(path, timeout_ms)) as connection:
        while not _is_with_log(connection):
            if monotonic() > deadline:
                msg = "database is locked"
                raise sqlite3.OperationalError(msg)
            sleep(_RETRY_S)


def _is_with_log(connection: sqlite3.Connection) -> bool:
    """Write ahead from now on, if that is not so yet; False when another process is in the way.

    When several try at once SQLite refuses at once, whatever its timeout says.
    """
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY:
            raise
        return False
    return bool(mode == "wal")


def _connect(path: Path, timeout_ms: int) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=timeout_ms / 1000,
        isolation_level=None,
        check_same_thread=False,
    )
    # What was acknowledged must outlive a power failure: the job ledger counts on it.
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get(IS_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
