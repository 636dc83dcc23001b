"""Engines to measure: a real Elasticsearch that runs for the benchmark, and SQLite."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.bootstrap import SHIPPED_MAPPINGS
from hybrid_search.building import TEXT_VECTOR, IndexOptions
from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.engines.port import SearchEngine
from hybrid_search.engines.sqlite.engine import SqliteEngine
from hybrid_search.indexing import Indexer
from hybrid_search.merchandising.profile import Profile
from hybrid_search.prepared_search import Preparation
from hybrid_search.query_encoding import QueryEncoder, QueryEncoders
from hybrid_search.search import SearchService
from hybrid_search.snapshots import MemorySnapshots
from tests.servers.elasticsearch_servers import given_urls, running_server

ALIAS = f"bench{os.getpid()}"
MAJOR = 9


@contextmanager
def elasticsearch_url() -> Iterator[str]:
    """Yield the URL of `ELASTICSEARCH_URL`, or of a node that runs while the block does."""
    if MAJOR in (given := given_urls(os.environ)):
        yield given[MAJOR]
        return
    with running_server(MAJOR, os.environ) as server:
        yield server.url


@contextmanager
def elasticsearch_engine(url: str) -> Iterator[ElasticsearchEngine]:
    """Yield an engine whose indices are deleted afterwards."""
    engine = ElasticsearchEngine(Connection(url), alias=ALIAS, mappings=SHIPPED_MAPPINGS)
    try:
        yield engine
    finally:
        delete_indices(engine, url)
        engine.close()


@contextmanager
def sqlite_engine() -> Iterator[SqliteEngine]:
    """Yield an engine on a file that is deleted afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        engine = SqliteEngine(Path(folder) / "bench.db", alias=ALIAS)
        try:
            yield engine
        finally:
            engine.close()


def delete_indices(engine: ElasticsearchEngine, url: str) -> None:
    """Delete every generation, the live one too."""
    with Connection(url).open() as client:
        for generation in engine.generations():
            client.indices.delete(index=generation.name)


def service(engine: SearchEngine, encoder: QueryEncoder) -> SearchService:
    """Return a search service with the default profile."""
    return SearchService(
        engine,
        Preparation(
            QueryEncoders({TEXT_VECTOR: encoder}, deadline_ms=10_000),
            Vocabulary(SHIPPED_MAPPINGS),
            Profile(),
        ),
        MemorySnapshots(),
        deadline_ms=10_000,
    )


def indexer(engine: SearchEngine, encoder: object) -> Indexer:
    """Return an indexer of English products."""
    return Indexer(engine, encoder, IndexOptions(ALIAS, "english"))  # type: ignore[arg-type]
