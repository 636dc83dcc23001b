"""How much time a search takes beyond its bodies, and what complete scores cost."""

from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

from elasticsearch import Elasticsearch

from benchmarks.catalog import Source, made_up_queries
from benchmarks.engines import (
    elasticsearch_engine,
    elasticsearch_url,
    indexer,
    service,
    sqlite_engine,
)
from benchmarks.ready_encoder import ReadyEncoder
from benchmarks.timing import interleaved_ms, median_ratio, percentiles, print_ratio
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.engines.elasticsearch.queries import MSEARCH_PARAMETERS
from hybrid_search.query.request import SearchRequest
from hybrid_search.search import SearchService

QUERIES = 300
FACETS = ("brand", "color", "material")
Bodies = Sequence[Sequence[Any]]


def run(source: Source) -> None:
    """Print the ratios of searching."""
    print(f"Search, {source.label}, query vectors ready, 3 facets, 24 hits", flush=True)
    products = list(source.products())
    queries = made_up_queries(products, QUERIES)
    encoder = ReadyEncoder()
    with elasticsearch_url() as url, elasticsearch_engine(url) as engine:
        indexer(engine, encoder).reindex(products, estimated_products=len(products))
        searching = service(engine, encoder)
        bodies = record_bodies(engine, searching, queries)
        with Elasticsearch(url) as client:
            send = raw_sender(client)
            ways: dict[str, Callable[[str], object]] = {
                "service": lambda query: searching.search(faceted_request(query)),
                "same bodies, raw": lambda query: [send(body) for body in bodies[query]],
                "legs with completion, raw": lambda query: send(bodies[query][0]),
                "legs without completion, raw": lambda query: send(_bare(bodies[query][0])),
            }
            took = interleaved_ms(ways, queries)
        with sqlite_engine() as sqlite:
            indexer(sqlite, encoder).reindex(products, estimated_products=len(products))
            embedded = service(sqlite, encoder)
            both = interleaved_ms(
                {
                    "SQLite": lambda query: embedded.search(faceted_request(query)),
                    "Elasticsearch": lambda query: searching.search(faceted_request(query)),
                },
                queries,
            )
    for name, milliseconds in {**took, **both}.items():
        print(f"  {name:30} {percentiles(milliseconds)}")
    raw = took["same bodies, raw"]
    print_ratio("service / same bodies raw", median_ratio(took["service"], raw), "at most 1.3")
    completed, bare = took["legs with completion, raw"], took["legs without completion, raw"]
    print_ratio("legs with / without completion", median_ratio(completed, bare), "reported")
    print_ratio(
        "SQLite / Elasticsearch", median_ratio(both["SQLite"], both["Elasticsearch"]), "at most 3"
    )


def faceted_request(query: str) -> SearchRequest:
    """Return what all these searches ask."""
    return SearchRequest(q=query, facets=FACETS)


def record_bodies(
    engine: ElasticsearchEngine, searching: SearchService, queries: Sequence[str]
) -> dict[str, Bodies]:
    """Return the bodies that the service sends for each query, so that they can be sent raw."""
    server = engine._server
    msearch = server.msearch
    sent: list[Sequence[Any]] = []

    def recorded(searches: Sequence[Any], **options: Any) -> Any:
        sent.append(searches)
        return msearch(searches, **options)

    bodies: dict[str, Bodies] = {}
    with patch.object(server, "msearch", recorded):
        for query in queries:
            sent.clear()
            searching.search(faceted_request(query))
            bodies[query] = list(sent)
    return bodies


def raw_sender(client: Any) -> Callable[[Sequence[Any]], object]:
    """Return what sends one body by a client and decodes the answer, and nothing else."""

    def send(body: Sequence[Any]) -> object:
        return client.perform_request(
            "POST",
            "/_msearch",
            params=MSEARCH_PARAMETERS,
            headers={"accept": "application/json", "content-type": "application/x-ndjson"},
            body=body,
        )

    return send


def _bare(body: Sequence[Any]) -> Sequence[Any]:
    return [{name: part[name] for name in part if name != "rescore"} for part in body]
