"""Which product ids a catalogue file has had so far, and on which line."""

import sqlite3
from types import TracebackType
from typing import Self

from hybrid_search.errors import CatalogError

CACHE_KIB = 8192


class SeenIds:
    """The first line of every id, in a private database that spills to the temporary folder.

    Memory stays below `CACHE_KIB` whatever the number of products; on the disk an id takes its
    own length and about 10 bytes. The database vanishes when it is closed. A context manager.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            f"PRAGMA cache_size = -{CACHE_KIB}",
            "CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID",
            "BEGIN",
        ):
            self._database.execute(statement)

    def first_line(self, product_id: str, line: int) -> int:
        """Return the line where `product_id` came first, which is `line` if it is new.

        Raises:
            CatalogError: the temporary folder has no room.
        """
        try:
            inserted = self._database.execute(
                "INSERT OR IGNORE INTO seen VALUES (?, ?)", (product_id, line)
            )
            if inserted.rowcount == 1:
                return line
            found = self._database.execute("SELECT line FROM seen WHERE id = ?", (product_id,))
            return int(found.fetchone()[0])
        except sqlite3.OperationalError as error:
            msg = (
                f"cannot remember product ids in the temporary folder: {error}; "
                "make room there, or name another folder in TMPDIR"
            )
            raise CatalogError(msg) from error

    def close(self) -> None:
        """Forget all ids."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
