"""Generations in the database: their registry and their tables."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hybrid_search.engines.port import Generation
from hybrid_search.engines.sqlite import sqlite_queries as sql
from hybrid_search.engines.sqlite.documents import read_generation, write_generation
from hybrid_search.engines.sqlite.text_indexes import TEXT_INDEXES
from hybrid_search.errors import EngineError, IndexMissingError

_LIST_PARAMETERS = 500


@dataclass(frozen=True, slots=True)
class StoredGeneration:
    """A generation as the registry knows it.

    Attributes:
        key: never used again, also after the generation was dropped.
        change: grows with every batch that was written to it.
    """

    key: int
    alias: str
    change: int
    generation: Generation

    def vector_place(self, field_name: str) -> int:
        """Return the place of a vector field among those of the generation.

        Raises:
            EngineError: it has no such field.
        """
        names = [field.name for field in self.generation.vector_fields]
        if field_name not in names:
            msg = (
                f"generation {self.generation.name!r} has no vector field {field_name!r}; "
                f"it has: {', '.join(names) or 'none'}"
            )
            raise EngineError(msg)
        return names.index(field_name)


class GenerationTables:
    """The tables of one generation within a transaction."""

    def __init__(self, connection: sqlite3.Connection, stored: StoredGeneration) -> None:
        self.connection = connection
        self.stored = stored

    def execute(
        self, statement: str, parameters: Sequence[object] = (), *, field: int = 0
    ) -> sqlite3.Cursor:
        """Run a statement of `sqlite_queries` on this generation."""
        text = sql.of_generation(statement, self.stored.key, field=field)
        return self.connection.execute(text, parameters)

    def execute_many(
        self, statement: str, rows: Iterable[Sequence[object]], *, field: int = 0
    ) -> None:
        """Run a statement once for each row of parameters."""
        text = sql.of_generation(statement, self.stored.key, field=field)
        self.connection.executemany(text, rows)

    def select_of(
        self, statement: str, values: Sequence[object], *, field: int = 0
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a statement with a list `(?*)`, however long the list is."""
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(values), _LIST_PARAMETERS):
            some = tuple(values[start : start + _LIST_PARAMETERS])
            text = sql.of_generation(statement, self.stored.key, field=field, values=len(some))
            found += self.connection.execute(text, some).fetchall()
        return found


def stored_generation(connection: sqlite3.Connection, name: str) -> StoredGeneration:
    """Return the generation of that name.

    Raises:
        IndexMissingError: there is none.
    """
    found = connection.execute(sql.SELECT_GENERATIONS + sql.OF_NAME, (name,)).fetchone()
    if found is None:
        msg = f"there is no generation {name!r}; `hybrid-search indexes` lists those that exist"
        raise IndexMissingError(msg)
    return _read(found)


def generations_of(connection: sqlite3.Connection, alias: str) -> list[StoredGeneration]:
    """Return all generations of an alias, oldest first."""
    found = connection.execute(sql.SELECT_GENERATIONS + sql.OF_ALIAS, (alias,))
    return sorted(
        map(_read, found), key=lambda one: (one.generation.created_at, one.generation.name)
    )


def create_generation(connection: sqlite3.Connection, alias: str, generation: Generation) -> None:
    """Make the tables of an empty generation.

    Raises:
        EngineError: the name is taken.
    """
    name = generation.name
    if connection.execute(sql.SELECT_GENERATIONS + sql.OF_NAME, (name,)).fetchone():
        msg = f"generation {name!r} exists already; choose another name, or drop it first"
        raise EngineError(msg)
    connection.execute(sql.INSERT_GENERATION, (alias, name, write_generation(generation)))
    tables = GenerationTables(connection, stored_generation(connection, name))
    for statement in sql.CREATE_GENERATION:
        tables.execute(statement)
    for place in TEXT_INDEXES:
        tables.execute(sql.CREATE_TEXT, field=place)
    for place in range(len(generation.vector_fields)):
        tables.execute(sql.CREATE_VECTORS, field=place)


def describe_generation(connection: sqlite3.Connection, generation: Generation) -> None:
    """Replace what is kept about a generation.

    Raises:
        EngineError: its vector fields are other ones than it was created with.
    """
    stored = stored_generation(connection, generation.name)
    before, after = (
        [(field.name, field.kind, field.dimension) for field in one.vector_fields]
        for one in (stored.generation, generation)
    )
    if before != after:
        msg = (
            f"generation {generation.name!r} has vector fields {before}, they cannot become {after}"
        )
        raise EngineError(msg)
    connection.execute(sql.UPDATE_META, (write_generation(generation), stored.key))


def switch_alias(connection: sqlite3.Connection, alias: str, name: str) -> None:
    """Point the alias to one of its generations.

    Raises:
        IndexMissingError: the alias has none of that name.
    """
    stored = _own_generation(connection, alias, name)
    connection.execute(sql.POINT_ALIAS, (alias, stored.key))


def drop_generation(connection: sqlite3.Connection, alias: str, name: str) -> None:
    """Delete a generation of the alias and its tables.

    Raises:
        IndexMissingError: the alias has none of that name.
        EngineError: it is live.
    """
    stored = _own_generation(connection, alias, name)
    if stored.generation.is_live:
        msg = f"{name!r} is live and is not dropped; switch to another generation first"
        raise EngineError(msg)
    vectors = [f"vectors_{place}" for place in range(len(stored.generation.vector_fields))]
    texts = [f"text_{place}" for place in TEXT_INDEXES]
    tables = GenerationTables(connection, stored)
    for table in (*sql.DROP_TABLES, *texts, *vectors):
        tables.execute(f"DROP TABLE @{table}")
    connection.execute(sql.DELETE_GENERATION, (stored.key,))


def _own_generation(connection: sqlite3.Connection, alias: str, name: str) -> StoredGeneration:
    for stored in generations_of(connection, alias):
        if stored.generation.name == name:
            return stored
    msg = f"no generation {name!r} of alias {alias!r}; see `hybrid-search indexes`"
    raise IndexMissingError(msg)


def _read(row: tuple[int, str, str, str, int, int]) -> StoredGeneration:
    key, alias, name, meta, change, is_live = row
    return StoredGeneration(key, alias, change, read_generation(name, meta, is_live=bool(is_live)))
