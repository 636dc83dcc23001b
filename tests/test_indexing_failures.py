"""Jobs that fail: the live index stays, and nothing unfinished is left behind."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hybrid_search.building import IndexOptions, IndexReport
from hybrid_search.catalog.product import Product
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.engines.port import Generation, SearchEngine
from hybrid_search.engines.sqlite import SqliteEngine
from hybrid_search.errors import (
    CatalogError,
    EngineError,
    EngineReadOnlyError,
    IndexMissingError,
    VerificationError,
)
from hybrid_search.indexing import Indexer
from tests.fashion_shop import ALIAS, CATALOG
from tests.word_encoder import WordEncoder

OPTIONS = IndexOptions(ALIAS, "english")


class TroubledEngine(SqliteEngine):
    """A real engine that can be told to fail."""

    lost = 0
    refuses_to_drop = False
    refuses_to_switch = False

    def count(self, name: str) -> int:
        return super().count(name) - self.lost

    def drop(self, name: str) -> None:
        if self.refuses_to_drop:
            raise EngineReadOnlyError("it takes no writes")
        super().drop(name)

    def switch(self, name: str) -> None:
        if self.refuses_to_switch:
            raise EngineError("the alias is an index of its own")
        super().switch(name)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[TroubledEngine]:
    engine = TroubledEngine(tmp_path / "troubled.db", alias=ALIAS)
    yield engine
    engine.close()


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


def names(engine: SearchEngine) -> list[str]:
    return [generation.name for generation in engine.generations()]


def broken_stream(error: BaseException) -> Iterator[Product]:
    yield from CATALOG
    raise error


@pytest.mark.parametrize(
    "error", [CatalogError("cut off"), KeyboardInterrupt(), ZeroDivisionError()], ids=repr
)
def test_a_stream_that_breaks_leaves_the_live_index_alone(
    engine: TroubledEngine, error: BaseException
) -> None:
    live = reindex(engine).generation
    with pytest.raises(type(error)) as caught:
        reindex(engine, broken_stream(error), hour=1)
    assert caught.value is error
    assert engine.generations() == (live,)
    assert engine.count(live.name) == len(CATALOG)


def test_an_empty_catalogue_does_not_go_live(engine: TroubledEngine) -> None:
    live = reindex(engine).generation
    with pytest.raises(VerificationError, match="the catalogue has no product"):
        reindex(engine, [], hour=1)
    assert engine.generations() == (live,)


def test_the_first_index_of_an_empty_catalogue_leaves_nothing(engine: TroubledEngine) -> None:
    with pytest.raises(VerificationError):
        reindex(engine, [])
    assert engine.generations() == ()
    with pytest.raises(IndexMissingError):
        engine.live_generation()


def test_a_catalogue_that_is_refused_whole_does_not_go_live(engine: TroubledEngine) -> None:
    live = reindex(engine).generation
    with pytest.raises(VerificationError, match=r"no product could be written.*the id has 0 bytes"):
        reindex(engine, [Product("", "Nameless")], hour=1)
    assert engine.generations() == (live,)


def test_an_encoder_that_can_encode_nothing_does_not_go_live(engine: TroubledEngine) -> None:
    live = reindex(engine, CATALOG, WordEncoder()).generation
    with pytest.raises(VerificationError, match=r"no product could be encoded.*'p000': the word"):
        reindex(engine, CATALOG, WordEncoder(refused="a"), hour=1)
    assert engine.generations() == (live,)


def test_an_index_that_lost_products_does_not_go_live(engine: TroubledEngine) -> None:
    live = reindex(engine).generation
    engine.lost = 1
    with pytest.raises(VerificationError, match=r"60 products were written but .* holds 59"):
        reindex(engine, hour=1)
    assert engine.generations() == (live,)


def test_an_unfinished_index_that_cannot_be_dropped_is_named(engine: TroubledEngine) -> None:
    live = reindex(engine).generation
    engine.refuses_to_drop = True
    with pytest.raises(CatalogError) as caught:
        reindex(engine, broken_stream(CatalogError("cut off")), hour=1)
    (unfinished,) = set(names(engine)) - {live.name}
    assert caught.value.__notes__ == [
        f"the unfinished index {unfinished!r} could not be dropped: it takes no writes"
    ]
    assert engine.live_generation() == live


def test_a_complete_index_that_cannot_go_live_is_kept_and_named(engine: TroubledEngine) -> None:
    live = reindex(engine).generation
    engine.refuses_to_switch = True
    with pytest.raises(EngineError) as caught:
        reindex(engine, hour=1)
    (complete,) = set(names(engine)) - {live.name}
    assert f"--switch {complete}" in caught.value.__notes__[0]
    assert engine.live_generation() == live
    engine.refuses_to_switch = False
    engine.switch(complete)
    assert engine.count(complete) == len(CATALOG)


def test_the_live_index_and_the_one_before_it_are_kept(engine: TroubledEngine) -> None:
    first, second, third, fourth = (reindex(engine, hour=hour) for hour in range(4))
    assert first.pruned.dropped == second.pruned.dropped == ()
    assert third.pruned.dropped == (first.generation.name,)
    assert fourth.pruned.dropped == (second.generation.name,)
    assert names(engine) == [third.generation.name, fourth.generation.name]
    assert engine.live_generation() == fourth.generation


def test_an_index_that_another_job_is_building_is_left_alone(engine: TroubledEngine) -> None:
    former = reindex(engine).generation
    growing = Generation(f"{ALIAS}-growing", "2025-01-01T00:30:00+00:00", "english")
    engine.create_generation(growing)
    live = reindex(engine, hour=1).generation
    assert names(engine) == [former.name, growing.name, live.name]


def test_what_a_crashed_job_left_never_costs_the_way_back(engine: TroubledEngine) -> None:
    orphan = Generation(f"{ALIAS}-orphan", "2024-12-30T00:30:00+00:00", "english")
    reindex(engine)
    engine.create_generation(orphan)
    former = reindex(engine, hour=1).generation
    live = reindex(engine, hour=2).generation
    assert engine.generations() == (replace(former, is_live=False), live)


def test_an_index_that_another_job_still_builds_stays(engine: TroubledEngine) -> None:
    building = Generation(f"{ALIAS}-building", "2024-12-31T23:30:00+00:00", "english")
    engine.create_generation(building)
    reindex(engine)
    reindex(engine, hour=1)
    assert building.name in names(engine)


def test_after_a_rollback_the_way_back_is_to_what_was_live(engine: TroubledEngine) -> None:
    good = reindex(engine).generation
    bad = reindex(engine, hour=1).generation
    engine.switch(good.name)
    live = reindex(engine, hour=2).generation
    assert names(engine) == [good.name, bad.name, live.name]


def test_older_indexes_that_cannot_be_dropped_do_not_fail_the_job(engine: TroubledEngine) -> None:
    reindex(engine)
    reindex(engine, hour=1)
    engine.refuses_to_drop = True
    report = reindex(engine, hour=2)
    assert engine.live_generation() == report.generation
    assert report.pruned.dropped == ()
    assert report.pruned.problems == ("it takes no writes",)
