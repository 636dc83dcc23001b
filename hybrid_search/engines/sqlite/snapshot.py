"""What a process holds of a generation in memory: one consistent state, loaded as needed."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np

from hybrid_search.engines.sqlite import sqlite_queries as sql
from hybrid_search.engines.sqlite.columns import Column, Mask
from hybrid_search.engines.sqlite.generations import GenerationTables
from hybrid_search.engines.sqlite.lexical import LexicalMatch
from hybrid_search.engines.sqlite.roster import Roster
from hybrid_search.engines.sqlite.vector_block import Similarities, VectorBlock

Value = TypeVar("Value")

_REMEMBERED = 8
_GENERATIONS_IN_MEMORY = 2
_RELOAD_SHARE = 0.2
_FLOAT_BYTES = 4


class RecentResults(Generic[Value]):
    """The last few results by what they answer, so that a page reuses what its ranking found."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Return the result remembered under `key`, or else compute and remember it."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        result = compute()
        with self._lock:
            self._results[key] = result
            while len(self._results) > _REMEMBERED:
                self._results.popitem(last=False)
        return result


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of a generation; never changed once it is made.

    Attributes:
        change: the generation's number of that state.
        columns: by field, those that were needed so far.
        blocks: by vector field, those that were needed so far.
        matches: of the last few queries, by query.
        similarities: of the last few query vectors, by field and vector.
    """

    change: int
    roster: Roster
    columns: Mapping[str, Column] = field(default_factory=dict)
    blocks: Mapping[str, VectorBlock] = field(default_factory=dict)
    matches: RecentResults[LexicalMatch] = field(default_factory=RecentResults)
    similarities: RecentResults[Similarities] = field(default_factory=RecentResults)


class GenerationMemory:
    """The latest snapshot of one generation in this process, shared by its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: Snapshot | None = None

    def snapshot(
        self, tables: GenerationTables, fields: Iterable[str], vector_fields: Iterable[str]
    ) -> Snapshot | None:
        """Return the state that the transaction of `tables` sees, with these fields in memory.

        Only what changed since the former snapshot is read. Returns None when another thread
        has already gone on to a later state: begin a new transaction then.
        """
        with self._lock:
            latest = self._latest
            if latest is None:
                latest = _load(tables)
            elif latest.change > tables.stored.change:
                return None
            elif latest.change < tables.stored.change:
                latest = _follow(latest, tables)
            self._latest = latest = _with_fields(latest, tables, fields, vector_fields)
            return latest


class GenerationMemories:
    """The generations that this process searched last: the live one, and one to compare with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._memories: OrderedDict[int, GenerationMemory] = OrderedDict()

    def of(self, generation_key: int) -> GenerationMemory:
        """Return the memory of a generation; the one used longest ago makes room for it."""
        with self._lock:
            memory = self._memories.setdefault(generation_key, GenerationMemory())
            self._memories.move_to_end(generation_key)
            while len(self._memories) > _GENERATIONS_IN_MEMORY:
                self._memories.popitem(last=False)
            return memory

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._memories.clear()


def _load(tables: GenerationTables) -> Snapshot:
    rows = tables.execute(sql.SELECT_ROWS, (-1,)).fetchall()
    return Snapshot(tables.stored.change, Roster.empty().updated(rows))


def _follow(former: Snapshot, tables: GenerationTables) -> Snapshot:
    """Return the state of the transaction, made from an earlier one."""
    changed = tables.execute(sql.SELECT_ROWS, (former.change,)).fetchall()
    roster = former.roster.updated(changed)
    if len(changed) > _RELOAD_SHARE * roster.size:
        return Snapshot(tables.stored.change, roster)
    is_changed: Mask = np.zeros(roster.size, dtype=np.bool_)
    is_changed[[row for row, *_ in changed]] = True
    columns = {
        name: column.updated(
            is_changed, tables.execute(sql.SELECT_CHANGED_ENTRIES, (name, former.change))
        )
        for name, column in former.columns.items()
    }
    blocks = {}
    for name, block in former.blocks.items():
        place = tables.stored.vector_place(name)
        rows = tables.execute(sql.SELECT_CHANGED_VECTORS, (former.change,), field=place)
        blocks[name] = block.updated(is_changed, rows)
    return Snapshot(tables.stored.change, roster, columns, blocks)


def _with_fields(
    snapshot: Snapshot,
    tables: GenerationTables,
    fields: Iterable[str],
    vector_fields: Iterable[str],
) -> Snapshot:
    columns = {
        name: Column.of(tables.execute(sql.SELECT_ENTRIES, (name,)))
        for name in fields
        if name not in snapshot.columns
    }
    blocks = {
        name: _load_block(tables, name) for name in vector_fields if name not in snapshot.blocks
    }
    if not columns and not blocks:
        return snapshot
    return replace(
        snapshot,
        columns={**snapshot.columns, **columns},
        blocks={**snapshot.blocks, **blocks},
    )


def _load_block(tables: GenerationTables, name: str) -> VectorBlock:
    place = tables.stored.vector_place(name)
    dimension = tables.stored.generation.vector_fields[place].dimension
    (stored_bytes,) = tables.execute(sql.SUM_VECTOR_BYTES, field=place).fetchone()
    return VectorBlock.of(
        tables.execute(sql.SELECT_VECTORS, field=place),
        capacity=stored_bytes // (_FLOAT_BYTES * dimension),
        dimension=dimension,
    )
