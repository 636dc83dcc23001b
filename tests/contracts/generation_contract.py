"""Generations behind the alias: created, described, switched and dropped."""

import re
import threading
from dataclasses import replace

import pytest

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import (
    Generation,
    PagePlan,
    ProductWrite,
    ResultSet,
    RetrievalPlan,
    SearchEngine,
)
from hybrid_search.errors import EngineError, HybridSearchError, IndexMissingError
from hybrid_search.ranking.candidate import SignalBounds
from tests.contracts.engine_fixtures import EngineFactory, EngineFixtures
from tests.contracts.sample_catalog import sample_generation
from tests.contracts.shop import unique_alias, words

MISSING = "contract-nothing-here"


class GenerationContract(EngineFixtures):
    @pytest.fixture
    def empty(self, make_engine: EngineFactory) -> tuple[SearchEngine, str]:
        """An engine without generations, and its alias."""
        alias = unique_alias()
        return make_engine(alias), alias

    def _create(self, engine: SearchEngine, alias: str, stamp: int) -> Generation:
        generation = replace(
            sample_generation(f"{alias}-{stamp}", self.index_type),
            created_at=f"2024-05-{stamp:02}T00:00:00+00:00",
        )
        engine.create_generation(generation)
        return generation

    def test_before_any_switch_nothing_is_live(self, empty: tuple[SearchEngine, str]) -> None:
        engine, alias = empty
        assert engine.generations() == ()
        with pytest.raises(IndexMissingError, match=alias):
            engine.live_generation()
        created = self._create(engine, alias, 1)
        assert engine.generations() == (created,)
        with pytest.raises(IndexMissingError, match=alias):
            engine.live_generation()

    def test_a_switch_makes_one_generation_live(self, empty: tuple[SearchEngine, str]) -> None:
        engine, alias = empty
        second, first = (self._create(engine, alias, stamp) for stamp in (2, 1))
        engine.switch(first.name)
        assert engine.live_generation() == replace(first, is_live=True)
        engine.switch(second.name)
        assert engine.live_generation() == replace(second, is_live=True)
        assert engine.generations() == (first, replace(second, is_live=True))
        engine.switch(first.name)
        assert engine.live_generation().name == first.name

    def test_a_description_comes_back_as_it_was_given(
        self, empty: tuple[SearchEngine, str]
    ) -> None:
        engine, alias = empty
        created = self._create(engine, alias, 1)
        text, image = created.vector_fields
        bounds = {"text": SignalBounds(0.1, -0.25, 0.9), "image": SignalBounds(0.5, 0.4, 1.0)}
        described = replace(
            created,
            attributes=("fit", "größe/width", "heel height"),
            vector_fields=(replace(text, bounds=bounds), image),
        )
        engine.describe_generation(described)
        assert engine.generations() == (described,)
        engine.switch(described.name)
        assert engine.live_generation() == replace(described, is_live=True)
        engine.describe_generation(replace(described, attributes=()))
        assert engine.live_generation() == replace(described, attributes=(), is_live=True)

    def test_generations_do_not_see_each_other(self, empty: tuple[SearchEngine, str]) -> None:
        engine, alias = empty
        names = [self._create(engine, alias, stamp).name for stamp in (1, 2)]
        for name in names:
            engine.write(name, [ProductWrite(Product("a", name), 1)])
            engine.refresh(name)
        for name in names:
            assert engine.fetch(name, ["a"])["a"].title == name

    def test_two_aliases_do_not_see_each_other(
        self, empty: tuple[SearchEngine, str], make_engine: EngineFactory
    ) -> None:
        engine, alias = empty
        other = make_engine(unique_alias())
        self._create(engine, alias, 1)
        engine.switch(f"{alias}-1")
        assert other.generations() == ()
        with pytest.raises(IndexMissingError):
            other.live_generation()

    @pytest.mark.parametrize("suffix", ["_eu", "-eu", "2"])
    def test_generations_of_another_alias_are_out_of_reach(
        self, empty: tuple[SearchEngine, str], make_engine: EngineFactory, suffix: str
    ) -> None:
        engine, alias = empty
        both = ((engine, alias), (make_engine(alias + suffix), alias + suffix))
        for own, name in both:
            for stamp in (1, 2):
                self._create(own, name, stamp)
            own.switch(f"{name}-2")
        for (own, own_alias), (_, other_alias) in (both, both[::-1]):
            for name in (f"{other_alias}-1", f"{other_alias}-2"):
                for call in (own.switch, own.drop):
                    with pytest.raises(IndexMissingError, match=name):
                        call(name)
            assert own.live_generation().name == f"{own_alias}-2"
        for own, name in both:
            assert [one.name for one in own.generations()] == [f"{name}-1", f"{name}-2"]
            assert own.live_generation().name == f"{name}-2"

    @pytest.mark.parametrize("pattern", ["*", "{alias}-*", "{alias}-1,{alias}-2", "_all", ""])
    def test_a_name_is_no_pattern(self, empty: tuple[SearchEngine, str], pattern: str) -> None:
        engine, alias = empty
        created = tuple(self._create(engine, alias, stamp) for stamp in (1, 2))
        name = pattern.format(alias=alias)
        for call in (engine.switch, engine.drop):
            with pytest.raises(IndexMissingError, match=re.escape(repr(name))):
                call(name)
        assert engine.generations() == created

    def test_a_dropped_generation_is_gone(self, empty: tuple[SearchEngine, str]) -> None:
        engine, alias = empty
        old, new = (self._create(engine, alias, stamp) for stamp in (1, 2))
        engine.switch(old.name)
        engine.switch(new.name)
        engine.drop(old.name)
        assert [one.name for one in engine.generations()] == [new.name]
        with pytest.raises(IndexMissingError, match=old.name):
            engine.count(old.name)

    def test_a_name_can_be_used_again(self, empty: tuple[SearchEngine, str]) -> None:
        engine, alias = empty
        name = self._create(engine, alias, 1).name
        engine.write(name, [ProductWrite(Product("a", "old"), 7)])
        engine.refresh(name)
        assert engine.page(name, PagePlan(ResultSet(), limit=1)).total == 1
        engine.drop(name)
        self._create(engine, alias, 1)
        assert engine.page(name, PagePlan(ResultSet(), limit=1)).total == 0
        assert engine.write(name, [ProductWrite(Product("a", "new"), 1)]).written == 1

    def test_a_generation_is_not_created_twice(self, empty: tuple[SearchEngine, str]) -> None:
        engine, alias = empty
        name = self._create(engine, alias, 1).name
        engine.write(name, [ProductWrite(Product("a", "kept"), 1)])
        engine.refresh(name)
        with pytest.raises(EngineError, match=name):
            self._create(engine, alias, 1)
        assert engine.count(name) == 1

    def test_the_live_generation_is_not_dropped(self, empty: tuple[SearchEngine, str]) -> None:
        engine, alias = empty
        name = self._create(engine, alias, 1).name
        engine.switch(name)
        with pytest.raises(EngineError, match=name):
            engine.drop(name)
        assert engine.live_generation().name == name

    def test_a_missing_generation_is_named(self, engine: SearchEngine) -> None:
        generation = sample_generation(MISSING, self.index_type)
        plan = RetrievalPlan(ResultSet(words("red")), window=5)
        for call in (
            lambda: engine.switch(MISSING),
            lambda: engine.drop(MISSING),
            lambda: engine.describe_generation(generation),
            lambda: engine.write(MISSING, [ProductWrite(Product("a", "x"), 1)]),
            lambda: engine.refresh(MISSING),
            lambda: engine.count(MISSING),
            lambda: engine.fetch(MISSING, ["a"]),
            lambda: engine.fetch_vectors(MISSING, "text_vector", ["a"]),
            lambda: engine.retrieve(MISSING, plan),
            lambda: engine.page(MISSING, PagePlan(ResultSet())),
        ):
            with pytest.raises(IndexMissingError, match=MISSING):
                call()

    def test_a_switch_leaves_no_gap(self, empty: tuple[SearchEngine, str]) -> None:
        engine, alias = empty
        names = [self._create(engine, alias, stamp).name for stamp in (1, 2)]
        for name in names:
            engine.write(name, [ProductWrite(Product("a", "Red dress", brand=name), 1)])
            engine.refresh(name)
        engine.switch(names[0])
        seen: list[str] = []
        failures: list[HybridSearchError] = []
        is_over = threading.Event()
        has_searched = threading.Semaphore(0)

        def search_on_and_on() -> None:
            plan = RetrievalPlan(ResultSet(words("red")), window=5, value_fields=("brand",))
            while not is_over.is_set():
                try:
                    live = engine.live_generation().name
                    (found,) = engine.retrieve(live, plan).candidates.candidates.values()
                    seen.extend(found.values["brand"])
                except HybridSearchError as error:
                    failures.append(error)
                has_searched.release()

        searcher = threading.Thread(target=search_on_and_on)
        searcher.start()
        try:
            for _ in range(5):
                for name in reversed(names):
                    engine.switch(name)
                    assert has_searched.acquire(timeout=30)
        finally:
            is_over.set()
            searcher.join()
        assert failures == []
        assert set(seen) <= set(names)

    def test_health_names_the_server(self, engine: SearchEngine) -> None:
        health = engine.health()
        assert health.server
        assert all(problem for problem in health.problems)
