"""Engines on real servers, each with indices of its own."""

from collections.abc import Callable, Iterator

import pytest
from elasticsearch import Elasticsearch

from hybrid_search.bootstrap import SHIPPED_MAPPINGS
from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from tests.contracts.shop import unique_alias

OpenEngine = Callable[[Connection], ElasticsearchEngine]


@pytest.fixture
def alias() -> str:
    """An alias that nothing uses."""
    return unique_alias()


@pytest.fixture
def open_engine(alias: str) -> Iterator[OpenEngine]:
    """Opens engines behind the alias, and closes them."""
    opened: list[ElasticsearchEngine] = []

    def open_one(connection: Connection) -> ElasticsearchEngine:
        engine = ElasticsearchEngine(
            connection, alias=alias, mappings=SHIPPED_MAPPINGS, alias_ttl_ms=0
        )
        opened.append(engine)
        return engine

    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture
def client(elasticsearch_url: str, alias: str) -> Iterator[Elasticsearch]:
    """A client of a real server; every index behind the alias is removed in the end."""
    with Elasticsearch(elasticsearch_url) as client:
        yield client
        for name in client.indices.get(index=f"{alias}-*", features="aliases"):
            client.indices.put_settings(
                index=name,
                settings={
                    "index.blocks.write": None,
                    "index.blocks.read_only": None,
                    "index.blocks.read_only_allow_delete": None,
                },
            )
            client.indices.delete(index=name)


@pytest.fixture
def engine(
    client: Elasticsearch, elasticsearch_url: str, open_engine: OpenEngine
) -> ElasticsearchEngine:
    """An engine on a real server."""
    assert client.ping()
    return open_engine(Connection(elasticsearch_url))
