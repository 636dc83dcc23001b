"""Reindexing: what goes live, what is set aside, what stays behind."""

import gc
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from hybrid_search.building import IndexOptions, IndexReport
from hybrid_search.catalog.product import Product
from hybrid_search.encoders.protocol import Encoder, Matrix
from hybrid_search.engines.port import ProductDelete, ProductWrite, SearchEngine, WriteReport
from hybrid_search.engines.sqlite import SqliteEngine
from hybrid_search.indexing import Indexer, IndexProgress
from tests.fashion_shop import ALIAS, CATALOG, sqlite_engine
from tests.word_encoder import DIMENSION, WordEncoder

OPTIONS = IndexOptions(ALIAS, "english")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SearchEngine]:
    with sqlite_engine(tmp_path) as engine:
        yield engine


def reindex(
    engine: SearchEngine,
    products: Iterable[Product] = CATALOG,
    encoder: Encoder | None = None,
    *,
    hour: int = 0,
) -> IndexReport:
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
    indexer = Indexer(engine, encoder, OPTIONS, clock=lambda: now)
    return indexer.reindex(products, estimated_products=len(CATALOG))


def test_every_product_goes_live_with_its_vector(engine: SearchEngine) -> None:
    encoder = WordEncoder()
    report = reindex(engine, CATALOG, encoder)
    live = engine.live_generation()
    assert live == report.generation
    assert (report.written, report.failures, report.without_vector) == (len(CATALOG), (), ())
    every = [product.id for product in CATALOG]
    assert engine.fetch(live.name, every) == {product.id: product for product in CATALOG}
    assert set(engine.fetch_vectors(live.name, "text_vector", every)) == set(every)
    (field,) = live.vector_fields
    assert (field.dimension, field.kind, field.index_type) == (DIMENSION, "single", "flat")
    assert (field.encoder_name, field.encoder_fingerprint) == (
        encoder.identity.name,
        encoder.identity.fingerprint,
    )
    assert set(field.bounds) == {"text", "product"}
    assert live.attributes == ("fit", "heel")
    assert live.language == "english"


def test_without_an_encoder_there_are_no_vectors(engine: SearchEngine) -> None:
    report = reindex(engine)
    assert report.generation.vector_fields == ()
    assert report.without_vector == ()


@pytest.mark.parametrize(
    ("products", "chosen", "expected"),
    [
        (50_000, None, "flat"),
        (50_001, None, "int8_hnsw"),
        (50_001, "flat", "flat"),
        (10, "hnsw", "hnsw"),
    ],
)
def test_many_products_get_an_approximate_index_unless_one_is_chosen(
    engine: SearchEngine, products: int, chosen: str | None, expected: str
) -> None:
    options = IndexOptions(ALIAS, "english", chosen)  # type: ignore[arg-type] # of parametrize
    report = Indexer(engine, WordEncoder(), options).reindex(CATALOG, estimated_products=products)
    assert [field.index_type for field in report.generation.vector_fields] == [expected]


def test_products_that_cannot_be_encoded_go_without_and_are_named(engine: SearchEngine) -> None:
    odd = {3, 4, 41}
    products = [
        replace(product, description="unencodable") if n in odd else product
        for n, product in enumerate(CATALOG)
    ]
    report = reindex(engine, products, WordEncoder(refused="unencodable"))
    assert report.written == len(CATALOG)
    assert [failure.product_id for failure in report.without_vector] == [
        CATALOG[n].id for n in sorted(odd)
    ]
    assert {failure.reason for failure in report.without_vector} == {
        "the word 'unencodable' cannot be encoded"
    }
    every = [product.id for product in CATALOG]
    stored = engine.fetch_vectors(report.generation.name, "text_vector", every)
    assert set(every) - set(stored) == {CATALOG[n].id for n in odd}


class HolesEncoder(WordEncoder):
    """Gives numbers that are no direction for some texts, and says nothing."""

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        rows = super().encode_documents(texts)
        rows[0], rows[1], rows[2, 5] = np.nan, 0.0, np.inf
        return rows


def test_vectors_of_nan_or_zeros_are_left_out_and_named(engine: SearchEngine) -> None:
    report = reindex(engine, CATALOG, HolesEncoder())
    assert report.written == len(CATALOG)
    assert report.failures == ()
    assert [failure.product_id for failure in report.without_vector] == ["p000", "p001", "p002"]
    assert "gave zeros, NaN or infinity" in report.without_vector[0].reason


def test_products_that_the_engine_refuses_are_named(engine: SearchEngine) -> None:
    report = reindex(engine, [Product("x" * 600, "Too long an id"), *CATALOG])
    assert report.written == len(CATALOG)
    (failure,) = report.failures
    assert "512" in failure.reason


def test_of_two_products_with_one_id_the_first_counts_with_its_own_vector(
    engine: SearchEngine,
) -> None:
    first, second = Product("twin", "red dress"), Product("twin", "blue boots")
    report = reindex(engine, [first, *CATALOG, second], WordEncoder())
    name = report.generation.name
    assert report.written == len(CATALOG) + 1
    assert engine.fetch(name, ["twin"]) == {"twin": first}
    stored = engine.fetch_vectors(name, "text_vector", ["twin"])["twin"]
    np.testing.assert_allclose(stored, WordEncoder().encode_documents(["red dress"]), atol=1e-6)


def test_progress_is_told_as_it_goes(engine: SearchEngine) -> None:
    stages: list[tuple[str, int, int]] = []

    def observe(progress: IndexProgress) -> None:
        stages.append((progress.stage, progress.read, progress.encoded))

    Indexer(engine, WordEncoder(), OPTIONS).reindex(CATALOG, estimated_products=60, observe=observe)
    assert [stage for stage, _, _ in stages] == ["write", "verify", "calibrate", "switch"]
    assert stages[-1][1:] == (len(CATALOG), len(CATALOG))


class WatchedEngine(SqliteEngine):
    """Counts how many of the products that were streamed by are still alive while it writes."""

    most_alive = 0
    seen: "list[weakref.ref[object]]"

    def write(self, name: str, changes: Iterable[ProductWrite | ProductDelete]) -> WriteReport:
        return super().write(name, self._watched(changes))

    def _watched(
        self, changes: Iterable[ProductWrite | ProductDelete]
    ) -> Iterator[ProductWrite | ProductDelete]:
        for number, change in enumerate(changes):
            if number % 1000 == 0:
                gc.collect()
                alive = sum(one() is not None for one in self.seen)
                self.most_alive = max(self.most_alive, alive)
            yield change


class Tracked(str):
    """A title that can be watched."""

    __slots__ = ("__weakref__",)


@pytest.mark.parametrize("has_encoder", [True, False], ids=["encoder", "no encoder"])
def test_memory_does_not_grow_with_the_stream(tmp_path: Path, *, has_encoder: bool) -> None:
    engine = WatchedEngine(tmp_path / "watched.db", alias=ALIAS)
    engine.seen = []

    def stream(size: int) -> Iterator[Product]:
        for n in range(size):
            title = Tracked(f"red dress {n}")
            engine.seen.append(weakref.ref(title))
            yield Product(f"p{n}", title)

    encoder = WordEncoder() if has_encoder else None
    report = Indexer(engine, encoder, OPTIONS).reindex(stream(4000), estimated_products=4000)
    engine.close()
    assert report.written == len(engine.seen) == 4000
    # The sample of calibration, a chunk being written and a batch being encoded.
    assert 0 < engine.most_alive <= 1000 + 500 + 2 * 256
