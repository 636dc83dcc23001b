"""The SQLite adapter: one database file, searched by every process that opens it."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import (
    Degradation,
    Generation,
    Health,
    Page,
    PagePlan,
    ProductDelete,
    ProductWrite,
    Retrieval,
    RetrievalPlan,
    WriteFailure,
    WriteReport,
)
from hybrid_search.engines.sqlite import generations as registry
from hybrid_search.engines.sqlite import sqlite_queries as sql
from hybrid_search.engines.sqlite.connections import ConnectionPool
from hybrid_search.engines.sqlite.generations import GenerationTables, stored_generation
from hybrid_search.engines.sqlite.lexical import WordSearch
from hybrid_search.engines.sqlite.matching import Matcher, needed_fields, needed_vectors
from hybrid_search.engines.sqlite.paging import DEFAULT_ORDER, listed_page, products_of_ids
from hybrid_search.engines.sqlite.preparing import STORED_VECTORS, prepare
from hybrid_search.engines.sqlite.retrieval import retrieve
from hybrid_search.engines.sqlite.snapshot import GenerationMemories
from hybrid_search.engines.sqlite.writing import apply_changes
from hybrid_search.errors import EngineTimeoutError, HybridSearchError, IndexMissingError

CHUNK_CHANGES = 500


class SqliteEngine:
    """Generations of products in one SQLite file.

    Any number of processes may read while one writes; a search sees every write that was
    finished before it began. Text is searched by the full-text index of SQLite, vectors exactly,
    in a copy of all vectors that each process keeps in memory; so are the values that filters
    and facets need, each field from its first use on.
    """

    def __init__(
        self, path: Path, *, alias: str = "products", busy_timeout_ms: int = 10_000
    ) -> None:
        """Remember where the database is; it is opened, or made, when it is needed.

        Args:
            path: of the file. Its folder is made with the first generation.
            alias: what searches use; a file may hold generations of several.
            busy_timeout_ms: how long a write waits for another process's write.
        """
        self._path = path
        self._alias = alias
        self._pool = ConnectionPool(path, busy_timeout_ms)
        self._memories = GenerationMemories()

    def health(self) -> Health:
        """Return the version of SQLite and what is wrong with the file."""
        return Health(f"SQLite {sqlite3.sqlite_version}", "", tuple(self._problems()))

    def generations(self) -> tuple[Generation, ...]:
        """Return all generations of the alias, oldest first."""
        if not self._pool.exists:
            return ()
        with self._pool.reading() as connection:
            found = registry.generations_of(connection, self._alias)
        return tuple(stored.generation for stored in found)

    def live_generation(self) -> Generation:
        """Return the generation that the alias points to."""
        for generation in self.generations():
            if generation.is_live:
                return generation
        msg = (
            f"alias {self._alias!r} has no index in {str(self._path)!r} yet; "
            "run `hybrid-search index FILE`"
        )
        raise IndexMissingError(msg)

    def create_generation(self, generation: Generation) -> None:
        """Create the tables of an empty generation, and the file if it is the first one."""
        self._pool.create()
        with self._pool.writing() as connection:
            registry.create_generation(connection, self._alias, generation)

    def describe_generation(self, generation: Generation) -> None:
        """Replace what is kept about a generation: attributes and bounds of vector fields."""
        with self._pool.writing() as connection:
            registry.describe_generation(connection, generation)

    def switch(self, name: str) -> None:
        """Point the alias to a generation in one step."""
        with self._pool.writing() as connection:
            registry.switch_alias(connection, self._alias, name)

    def drop(self, name: str) -> None:
        """Delete the tables of a generation that is not live."""
        with self._pool.writing() as connection:
            registry.drop_generation(connection, self._alias, name)

    def write(self, name: str, changes: Iterable[ProductWrite | ProductDelete]) -> WriteReport:
        """Apply changes, in transactions of a few hundred; they are visible at once."""
        with self._pool.reading() as connection:
            generation = stored_generation(connection, name).generation
        analyzer = ShopAnalyzer(generation.language)
        written, stale, failures = 0, list[str](), list[WriteFailure]()
        iterator = iter(changes)
        while chunk := list(islice(iterator, CHUNK_CHANGES)):
            prepared, refused = prepare(chunk, generation.vector_fields, analyzer)
            failures += refused
            with self._pool.writing() as connection:
                tables = GenerationTables(connection, stored_generation(connection, name))
                report = apply_changes(tables, prepared)
            written += report.written
            stale += report.stale
        return WriteReport(written, tuple(stale), tuple(failures))

    def refresh(self, name: str) -> None:
        """Do nothing: a write is visible as soon as it is finished."""
        with self._reading(name):
            pass

    def count(self, name: str) -> int:
        """Return the number of products."""
        with self._reading(name) as tables:
            return int(tables.execute(sql.COUNT_PRODUCTS).fetchone()[0])

    def fetch(self, name: str, product_ids: Sequence[str]) -> Mapping[str, Product]:
        """Return the products that exist, by id."""
        with self._reading(name) as tables:
            return products_of_ids(tables, product_ids)

    def fetch_vectors(
        self, name: str, field_name: str, product_ids: Sequence[str]
    ) -> Mapping[str, npt.NDArray[np.float32]]:
        """Return the stored unit vectors, by product id, each of shape `(number, dimension)`."""
        with self._reading(name) as tables:
            place = tables.stored.vector_place(field_name)
            dimension = tables.stored.generation.vector_fields[place].dimension
            found = tables.select_of(sql.SELECT_VECTORS_OF_IDS, product_ids, field=place)
        return {
            product_id: np.frombuffer(packed, STORED_VECTORS).reshape(-1, dimension)
            for product_id, packed in found
        }

    def retrieve(
        self, name: str, plan: RetrievalPlan, *, deadline_ms: int | None = None
    ) -> Retrieval:
        """Return the candidates of every leg, each with its score on every signal."""
        fields = needed_fields(plan.results) | {one.field for one in plan.boosted}
        fields |= set(plan.value_fields)
        with self._searching(name, fields, needed_vectors(plan.results), deadline_ms) as search:
            _, matcher = search
            return retrieve(matcher, plan)

    def page(self, name: str, plan: PagePlan, *, deadline_ms: int | None = None) -> Page:
        """Return totals, facets and products for one page."""
        if not plan.product_ids and not (plan.is_counted or plan.limit):
            return Page((), None)
        if not plan.product_ids:
            return self._list_page(name, plan, deadline_ms)
        products = self._products(name, plan.product_ids)
        if not plan.is_counted:
            return Page(products, None)
        try:
            counted = self._list_page(name, replace(plan, product_ids=(), limit=0), deadline_ms)
        except EngineTimeoutError as error:
            return Page(products, None, degraded=(Degradation("totals", str(error)),))
        return replace(counted, products=products)

    def close(self) -> None:
        """Close the connections and forget what is in memory."""
        self._pool.close()
        self._memories.clear()

    def _products(self, name: str, product_ids: Sequence[str]) -> tuple[Product, ...]:
        found = self.fetch(name, product_ids)
        return tuple(found[one] for one in product_ids if one in found)

    def _list_page(self, name: str, plan: PagePlan, deadline_ms: int | None) -> Page:
        order = plan.sort or DEFAULT_ORDER
        fields = needed_fields(plan.results) | {facet.field for facet in plan.facets}
        if plan.limit:
            fields.add(order.field)
        with self._searching(name, fields, needed_vectors(plan.results), deadline_ms) as search:
            return listed_page(*search, plan)

    @contextmanager
    def _reading(self, name: str) -> Iterator[GenerationTables]:
        with self._pool.reading() as connection:
            yield GenerationTables(connection, stored_generation(connection, name))

    @contextmanager
    def _searching(
        self, name: str, fields: set[str], vector_fields: set[str], deadline_ms: int | None
    ) -> Iterator[tuple[GenerationTables, Matcher]]:
        """A transaction, with the same state of the needed fields in memory."""
        while True:
            with self._reading(name) as tables:
                memory = self._memories.of(tables.stored.key)
                snapshot = memory.snapshot(tables, fields, vector_fields)
                if snapshot is None:
                    continue
                analyzer = ShopAnalyzer(tables.stored.generation.language)
                yield tables, Matcher(snapshot, WordSearch(tables, analyzer, deadline_ms))
                return

    def _problems(self) -> Iterator[str]:
        shown = str(self._path)
        if not self._pool.exists:
            yield f"there is no database {shown!r} yet; run `hybrid-search index FILE`"
            return
        if not os.access(self._path, os.W_OK):
            yield f"the database {shown!r} cannot be written to; check its permissions"
        try:
            self.generations()
        except HybridSearchError as error:
            yield str(error)
