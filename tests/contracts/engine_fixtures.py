"""Fixtures of the contract, shared by a whole class so that each test is cheap."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

import pytest

from hybrid_search.engines.port import Generation, IndexType, SearchEngine
from tests.contracts.sample_catalog import WRITES, sample_generation
from tests.contracts.shop import Shop, unique_alias

EngineFactory = Callable[[str], SearchEngine]
"""From an alias that nothing uses yet to an engine behind it."""


class EngineFixtures:
    """What every part of the contract works on.

    A subclass supplies the class-scoped fixture `make_engine`, an `EngineFactory`, and cleans up
    behind the aliases that it was called with. Generations are called `ALIAS-STAMP`.
    """

    index_type: ClassVar[IndexType] = "flat"

    @pytest.fixture(scope="class")
    @classmethod
    def alias(cls) -> str:
        return unique_alias()

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, make_engine: EngineFactory, alias: str) -> SearchEngine:
        return make_engine(alias)

    @pytest.fixture(scope="class")
    @classmethod
    def shop(cls, engine: SearchEngine, alias: str) -> Shop:
        """The sample catalogue; tests leave it as it is."""
        generation = sample_generation(f"{alias}-1", cls.index_type)
        engine.create_generation(generation)
        shop = Shop(engine, generation)
        report = shop.write(*WRITES)
        assert (report.written, report.stale, report.failures) == (len(WRITES), (), ())
        return shop

    @pytest.fixture
    def fresh(self, engine: SearchEngine, alias: str) -> Iterator[Shop]:
        """An empty generation of the test's own."""
        name = f"{alias}-{unique_alias()}"
        generation: Generation = replace(
            sample_generation(name, self.index_type), created_at="2024-06-01T00:00:00+00:00"
        )
        engine.create_generation(generation)
        yield Shop(engine, generation)
        engine.drop(name)
