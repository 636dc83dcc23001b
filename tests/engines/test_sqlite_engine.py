from collections.abc import Iterator
from pathlib import Path

import pytest

from hybrid_search.engines.port import SearchEngine
from hybrid_search.engines.sqlite import SqliteEngine
from tests.contracts.engine_fixtures import EngineFactory
from tests.contracts.search_engine_contract import SearchEngineContract


class TestSqliteEngine(SearchEngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def make_engine(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineFactory]:
        path: Path = tmp_path_factory.mktemp("sqlite") / "new folder" / "search.db"
        engines: list[SqliteEngine] = []

        def make(alias: str) -> SearchEngine:
            engine = SqliteEngine(path, alias=alias)
            engines.append(engine)
            return engine

        yield make
        for engine in engines:
            engine.close()
