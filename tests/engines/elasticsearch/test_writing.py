"""Bulk writing on servers that refuse, are full, or are too busy."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from elasticsearch import Elasticsearch

from hybrid_search.building import IndexOptions, IndexReport
from hybrid_search.catalog.product import Product
from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.engines.elasticsearch.writing import WAITS_S, BulkWriter
from hybrid_search.engines.port import Generation, ProductWrite
from hybrid_search.errors import (
    EngineError,
    EngineReadOnlyError,
    EngineUnavailableError,
    IndexMissingError,
)
from hybrid_search.indexing import Indexer
from tests.engines.elasticsearch.stand_ins import overloaded
from tests.fashion_shop import CATALOG
from tests.word_encoder import WordEncoder

LONGEST_REASON = 700


def reindex(
    engine: ElasticsearchEngine, alias: str, products: Iterator[Product], *, hour: int = 0
) -> IndexReport:
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
    options = IndexOptions(alias, "english")
    indexer = Indexer(engine, WordEncoder(), options, clock=lambda: now)
    return indexer.reindex(products, estimated_products=len(CATALOG))


@pytest.fixture
def generation(engine: ElasticsearchEngine, alias: str) -> Generation:
    generation = Generation(f"{alias}-1", "2025-01-01T00:00:00+00:00", "english")
    engine.create_generation(generation)
    return generation


def test_a_reindex_goes_from_end_to_end(engine: ElasticsearchEngine, alias: str) -> None:
    report = reindex(engine, alias, iter(CATALOG))
    assert (report.written, report.failures, report.without_vector) == (len(CATALOG), (), ())
    assert engine.live_generation() == report.generation
    every = [product.id for product in CATALOG]
    assert engine.fetch(report.generation.name, every) == {
        product.id: product for product in CATALOG
    }


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (Product("bad", "Red dress", attributes={"a\0b": ("x",)}), "reserved character"),
        (Product("bad", "Red dress", price_minor=2**63, currency="EUR"), "out of range"),
        (Product("bad", "Red dress", style_id="two words " * 4000), "immense term"),
    ],
    ids=["name", "price", "style"],
)
def test_a_product_that_the_server_refuses_is_named_with_its_reason(
    engine: ElasticsearchEngine, generation: Generation, refused: Product, reason: str
) -> None:
    good = [ProductWrite(product, 1) for product in CATALOG[:3]]
    report = engine.write(generation.name, [good[0], ProductWrite(refused, 1), *good[1:]])
    assert report.written == 3
    (failure,) = report.failures
    assert failure.product_id == "bad"
    assert reason in failure.reason
    assert len(failure.reason) < LONGEST_REASON
    assert "\n" not in failure.reason


@pytest.mark.parametrize(
    ("block", "is_deletable"),
    [("write", True), ("read_only_allow_delete", True), ("read_only", False)],
)
def test_a_job_that_meets_a_full_server_loses_nothing(
    engine: ElasticsearchEngine,
    client: Elasticsearch,
    alias: str,
    block: str,
    *,
    is_deletable: bool,
) -> None:
    live = reindex(engine, alias, iter(CATALOG)).generation

    def stream_that_fills_the_disk() -> Iterator[Product]:
        (unfinished,) = (one.name for one in engine.generations() if not one.is_live)
        client.indices.put_settings(index=unfinished, settings={f"index.blocks.{block}": True})
        yield from CATALOG

    with pytest.raises(EngineReadOnlyError, match=r"takes no writes.*free disk space") as caught:
        reindex(engine, alias, stream_that_fills_the_disk(), hour=1)
    assert engine.live_generation() == live
    assert engine.count(live.name) == len(CATALOG)
    left = [one.name for one in engine.generations() if one.name != live.name]
    if is_deletable:
        assert left == []
    else:
        (note,) = caught.value.__notes__
        assert f"the unfinished index {left[0]!r} could not be dropped" in note


def test_an_index_that_vanishes_during_a_job_is_noticed(
    engine: ElasticsearchEngine, client: Elasticsearch, alias: str
) -> None:
    def stream_during_which_somebody_drops_the_index() -> Iterator[Product]:
        (unfinished,) = (one.name for one in engine.generations())
        client.indices.delete(index=unfinished)
        yield from CATALOG

    # The server makes an index of that name anew, without our mapping, for the first write.
    with pytest.raises(IndexMissingError):
        reindex(engine, alias, stream_during_which_somebody_drops_the_index())
    with pytest.raises(IndexMissingError):
        engine.live_generation()


@pytest.mark.parametrize("refusals", [("request",), ("items",), ("request", "items", "items")])
def test_a_busy_server_is_asked_again_until_every_product_is_written_once(
    engine: ElasticsearchEngine,
    elasticsearch_url: str,
    generation: Generation,
    refusals: tuple[str, ...],
) -> None:
    waits: list[float] = []
    with (
        overloaded(elasticsearch_url, *refusals) as url,
        Connection(url).open().options(retry_on_status=()) as client,
    ):
        writer = BulkWriter(client, url, generation, is_packed=False, sleep=waits.append)
        report = writer.write([ProductWrite(product, 1) for product in CATALOG])
    assert (report.written, report.stale, report.failures) == (len(CATALOG), (), ())
    assert waits == list(WAITS_S[: len(refusals)])
    engine.refresh(generation.name)
    assert engine.count(generation.name) == len(CATALOG)


def test_a_server_that_stays_busy_is_given_up(
    elasticsearch_url: str, engine: ElasticsearchEngine, generation: Generation
) -> None:
    waits: list[float] = []
    refusals = ["request"] * (len(WAITS_S) + 1)
    with (
        overloaded(elasticsearch_url, *refusals) as url,
        Connection(url).open().options(retry_on_status=()) as client,
    ):
        writer = BulkWriter(client, url, generation, is_packed=False, sleep=waits.append)
        with pytest.raises(EngineUnavailableError, match="stays overloaded and refuses writes"):
            writer.write([ProductWrite(CATALOG[0], 1)])
    assert waits == list(WAITS_S)
    assert engine.count(generation.name) == 0


def test_an_alias_that_is_an_index_of_its_own_is_told_with_what_is_kept(
    engine: ElasticsearchEngine, client: Elasticsearch, alias: str
) -> None:
    client.indices.create(index=alias)
    try:
        with pytest.raises(EngineError, match="alias") as caught:
            reindex(engine, alias, iter(CATALOG))
        (kept,) = engine.generations()
        assert f"--switch {kept.name}" in caught.value.__notes__[0]
    finally:
        client.indices.delete(index=alias)
