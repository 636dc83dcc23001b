"""The database: transactions in it, and its tables at the version that this program reads."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Pool

from hybrid_search.store.address import PostgresqlAddress, SqliteAddress, parse_address
from hybrid_search.store.failures import translated
from hybrid_search.store.forking import when_forked
from hybrid_search.store.postgresql_connections import open_postgresql
from hybrid_search.store.schema import NEWEST, check_version, version
from hybrid_search.store.sqlite_connections import IS_WRITING, open_sqlite
from hybrid_search.store.upgrade import make_file, upgrade

TIMEOUT_MS = 5_000


class Database:
    """One database, for all threads of a process and for processes forked from it.

    Nothing is sent until the first transaction. When the server was away, the next transaction
    finds it again by itself.
    """

    def __init__(self, url: str, *, timeout_ms: int = TIMEOUT_MS) -> None:
        """Take the address.

        Args:
            url: `sqlite:///PATH` or `postgresql://...`.
            timeout_ms: longest wait for a statement, or for another writer, in ms.

        Raises:
            SettingsError: it is no address of a database.
            MissingExtraError: what the address needs is not installed.
        """
        self.address = parse_address(url)
        self._engine = self._open(timeout_ms)
        self._writer = self._engine.execution_options(**{IS_WRITING: True})
        self._inherited: list[Pool] = []
        when_forked(self._leave_connections)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads; PostgreSQL refuses a write in it.

        Raises:
            DatabaseError: the database cannot be reached, or refuses a statement of the block.
        """
        with translated(self.address), self._engine.connect() as connection:
            if isinstance(self.address, PostgresqlAddress):
                connection.execution_options(postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: kept whole, or undone whole when the block raises.

        On SQLite there is one at a time, so that what the block reads stays true until its end.

        Raises:
            DatabaseError: the database cannot be reached, or refuses a statement of the block.
        """
        with translated(self.address), self._writer.begin() as connection:
            yield connection

    def check(self) -> None:
        """Raise when the database cannot be used.

        Raises:
            DatabaseError: it cannot be reached, or its tables are older or newer than this program.
        """
        check_version(self._version(), self.address)

    def upgrade(self) -> None:
        """Bring the tables to the newest version; a file of SQLite is made when it is missing.

        Several processes may do this at once: one does it, and the others wait for it.

        Raises:
            DatabaseError: the database cannot be reached, its tables are newer than this program,
                or a migration fails, which leaves them as they were.
        """
        if isinstance(self.address, SqliteAddress):
            make_file(self.address)
        found = self._version()
        if found < NEWEST:
            found = upgrade(self.address)
        check_version(found, self.address)

    def close(self) -> None:
        """Close the connections that nobody uses; the next transaction would open new ones."""
        self._engine.dispose()

    def _version(self) -> int:
        with self.reading() as connection:
            return version(connection)

    def _open(self, timeout_ms: int) -> Engine:
        if isinstance(self.address, SqliteAddress):
            return open_sqlite(self.address, timeout_ms)
        return open_postgresql(self.address, timeout_ms)

    def _leave_connections(self) -> None:
        """Leave the connections to the parent: to close them here would close them there."""
        self._inherited.append(self._engine.pool)
        self._engine.dispose(close=False)
