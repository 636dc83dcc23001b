"""What HTTP adds to a search: time, throughput and memory of the service that `serve` starts."""

import http.client
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson
from elasticsearch import Elasticsearch

from benchmarks.catalog import Source, made_up_queries
from benchmarks.engines import ALIAS, elasticsearch_engine, elasticsearch_url, indexer
from benchmarks.ready_encoder import ReadyEncoder
from benchmarks.search_speed import FACETS, Bodies, faceted_request, raw_sender, record_bodies
from benchmarks.text_encoder import MODEL
from benchmarks.timing import (
    interleaved_ms,
    interleaved_per_second,
    median_ratio,
    percentiles,
    print_ratio,
)
from hybrid_search.bootstrap import open_encoder, open_engine, open_service
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.search import SearchService
from hybrid_search.settings import Settings
from tests.cli.running_service import RunningService, running_service
from tests.servers.redis_server import running_redis
from tests.servers.waiting import wait_until_ready

QUERIES = 200
CLIENTS = 16
TIMEOUT_S = 60
Way = Callable[[str], object]


def run(source: Source) -> None:
    """Print the ratios of searching over HTTP."""
    print(f"HTTP, {source.label}, MiniLM in ONNX int8, 3 facets, 24 hits", flush=True)
    products = list(source.products())
    queries = list(dict.fromkeys(made_up_queries(products, 4 * QUERIES)))
    fresh, repeated = queries[:QUERIES], queries[QUERIES : 2 * QUERIES]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(elasticsearch_url())
        engine = stack.enter_context(elasticsearch_engine(url))
        settings = Settings(
            engine_url=url,
            index_alias=ALIAS,
            text_encoder=f"onnx:{_export(folder)}",
            redis_url=stack.enter_context(running_redis(os.environ)),
            database_url=f"sqlite:///{folder}/state.db",
            deadline_ms=10_000,
        )
        encoder = open_encoder(settings)
        assert encoder is not None
        indexer(engine, _Named(encoder)).reindex(products, estimated_products=len(products))
        bodies = _bodies(settings, fresh + repeated)
        library = open_service(settings, open_engine(settings))
        client = stack.enter_context(Elasticsearch(url, connections_per_node=CLIENTS))
        served = stack.enter_context(_served(settings))
        ways = _ways(served.port, library, client, bodies)
        _compare("fresh queries", interleaved_ms(ways, fresh, warmup=0), "reported")
        interleaved_ms(ways, repeated, warmup=0)
        _compare("repeated queries", interleaved_ms(ways, repeated, warmup=0), "at most 2")
        _load(ways, repeated)
        _print_memory(served)


class _Named:
    """Ready vectors of documents under the name of an encoder; which ones costs a search nothing.

    The real ones of a large catalogue take minutes.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.identity = encoder.identity
        self._ready = ReadyEncoder(encoder.identity.dimension)
        self.encode_queries = self._ready.encode_queries
        self.encode_documents = self._ready.encode_documents


def _export(folder: Path) -> Path:
    target = folder / "model"
    command = (*_command("models", "export"), str(MODEL), str(target), "--precision", "int8")
    subprocess.run(command, check=True)
    return target


def _command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "hybrid_search.cli", *arguments)


@contextmanager
def _served(settings: Settings) -> Iterator[RunningService]:
    names = settings.model_fields_set
    variables = {f"HYBRID_SEARCH_{name.upper()}": str(getattr(settings, name)) for name in names}
    _, *arguments = _command("serve", "--bind", "127.0.0.1:0")
    with running_service(arguments, variables) as service:
        wait_until_ready(service.process, lambda: _is_ready(service))
        yield service


def _is_ready(service: RunningService) -> bool:
    connection = service.connect()
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    finally:
        connection.close()


def _bodies(settings: Settings, queries: Sequence[str]) -> dict[str, Bodies]:
    """Return what is sent for each query, recorded apart so that the queries stay fresh."""
    engine = open_engine(settings)
    assert isinstance(engine, ElasticsearchEngine)
    try:
        return record_bodies(engine, open_service(settings, engine), queries)
    finally:
        engine.close()


def _ways(
    port: int, library: SearchService, client: Elasticsearch, bodies: dict[str, Bodies]
) -> dict[str, Way]:
    send = raw_sender(client)
    return {
        "HTTP": _http_sender(port),
        "library": lambda query: library.search(faceted_request(query)),
        "same bodies, raw": lambda query: [send(body) for body in bodies[query]],
    }


def _http_sender(port: int) -> Way:
    """Return what asks the service, by one connection a thread, which stays open."""
    local = threading.local()

    def ask(query: str) -> object:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        body = orjson.dumps({"q": query, "facets": FACETS})
        local.connection.request("POST", "/v1/search", body, {"Content-Type": "application/json"})
        response = local.connection.getresponse()
        answer = orjson.loads(response.read())
        assert response.status == http.client.OK, answer
        assert not answer["degraded"], answer["degraded"]
        return answer

    return ask


def _compare(what: str, took: dict[str, list[float]], raw_target: str) -> None:
    print(f" {what}")
    for name, milliseconds in took.items():
        print(f"  {name:30} {percentiles(milliseconds)}")
    served = took["HTTP"]
    ratio = median_ratio(served, took["library"])
    print_ratio(f"{what}: HTTP / library call", ratio, "at most 1.5")
    ratio = median_ratio(served, took["same bodies, raw"])
    print_ratio(f"{what}: HTTP / same bodies raw", ratio, raw_target)


def _load(ways: dict[str, Way], queries: Sequence[str]) -> None:
    loaded = {name: ways[name] for name in ("HTTP", "same bodies, raw")}
    rates = interleaved_per_second(loaded, queries, clients=CLIENTS)
    print(f" {CLIENTS} clients, repeated queries")
    for name, rate in rates.items():
        print(f"  {name:30} {rate:.0f} a second")
    print_ratio("throughput, HTTP / raw", rates["HTTP"] / rates["same bodies, raw"], "at least 0.7")


def _print_memory(served: RunningService) -> None:
    parent = served.process.process_id
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    sizes = [_resident_mb(child) for child in children]
    print(f"  {len(sizes)} processes: {', '.join(f'{size:.0f} MB' for size in sizes)}")
    print_ratio("memory of a process, MB", max(sizes), "under 300")


def _resident_mb(process: str) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
