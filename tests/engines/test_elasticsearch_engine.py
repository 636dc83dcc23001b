"""Elasticsearch keeps the contract, on each major version, sharded or not, exact or not."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest
from elasticsearch import Elasticsearch

from hybrid_search.bootstrap import SHIPPED_MAPPINGS
from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.engines.port import IndexType
from tests.conftest import majors_under_test
from tests.contracts.engine_fixtures import EngineFactory
from tests.contracts.search_engine_contract import SearchEngineContract


class ElasticsearchContract(SearchEngineContract):
    major: ClassVar[int]
    shards: ClassVar[int] = 1

    @pytest.fixture(scope="class")
    @classmethod
    def make_engine(cls, elasticsearch_urls: Mapping[int, str]) -> Iterator[EngineFactory]:
        url = elasticsearch_urls[cls.major]
        opened: list[tuple[str, ElasticsearchEngine]] = []

        def make(alias: str) -> ElasticsearchEngine:
            engine = ElasticsearchEngine(
                Connection(url),
                alias=alias,
                mappings=SHIPPED_MAPPINGS,
                shards=cls.shards,
                alias_ttl_ms=0,
            )
            opened.append((alias, engine))
            return engine

        yield make
        with Elasticsearch(url) as client:
            for alias, engine in opened:
                for name in client.indices.get(index=f"{alias}-*", features="aliases"):
                    client.indices.delete(index=name)
                engine.close()


class OneShard(ElasticsearchContract):
    pass


class ThreeShards(ElasticsearchContract):
    shards = 3


class ApproximateVectors(ElasticsearchContract):
    index_type: ClassVar[IndexType] = "int8_hnsw"


for _major in majors_under_test():
    for _case in (OneShard, ThreeShards, ApproximateVectors):
        # A class for each server, so that its catalogue is written once; parametrized fixtures
        # would be torn down at every change of server in a shuffled run.
        _name = f"Test{_case.__name__}On{_major}"
        globals()[_name] = type(_name, (_case,), {"major": _major, "__module__": __name__})
