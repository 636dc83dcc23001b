"""A small shop behind the real service, started as `hybrid-search serve` starts it."""

import json
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybrid_search.bootstrap import open_engine, open_indexer
from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.settings import Settings
from tests.cli.running_service import RunningService, running_service
from tests.fashion_shop import CATALOG
from tests.servers.elasticsearch_servers import given_urls
from tests.servers.waiting import wait_until_ready
from tests.tiny_model import write_tiny_model

PROBE_SECONDS = 60


@dataclass(frozen=True)
class Shop:
    """A running service.

    Attributes:
        engine_url: of Elasticsearch, for searches that are sent by somebody else; None on SQLite.
    """

    process: RunningService
    engine_url: str | None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.process.port}"

    def description(self) -> Any:
        """Return its OpenAPI document."""
        return json.loads(self.process.get("/openapi.json"))


def engine_urls(environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return the engines to fuzz: SQLite, and every Elasticsearch of `ELASTICSEARCH_URL`."""
    given = {f"Elasticsearch {major}": url for major, url in given_urls(environ).items()}
    return {"SQLite": None, **given}


@contextmanager
def running_shop(engine_url: str | None) -> Iterator[Shop]:
    """Index the shop, and run a service on it until the block ends.

    Args:
        engine_url: of Elasticsearch, or None for SQLite.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        words = {word.lower() for product in CATALOG for word in product.title.split()}
        settings = Settings(
            engine_url=engine_url or f"sqlite:///{folder}/shop.db",
            index_alias=f"fuzz{os.getpid()}",
            text_encoder=f"onnx:{write_tiny_model(folder / 'model', words)}",
            database_url=f"sqlite:///{folder}/state.db",
        )
        engine = open_engine(settings)
        stack.callback(engine.close)
        if engine_url is not None:
            stack.callback(_delete_indices, engine_url, settings.index_alias)
        open_indexer(settings, engine).reindex(CATALOG, estimated_products=len(CATALOG))
        variables = {
            f"HYBRID_SEARCH_{name.upper()}": str(getattr(settings, name))
            for name in ("engine_url", "index_alias", "text_encoder", "database_url")
        }
        serve = ("-m", "hybrid_search.cli", "serve", "--bind", "127.0.0.1:0")
        process = stack.enter_context(running_service(serve, variables))
        shop = Shop(process, engine_url)
        wait_until_ready(process.process, lambda: _is_ready(shop.url))
        yield shop


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=PROBE_SECONDS) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return False


def _delete_indices(url: str, alias: str) -> None:
    with Connection(url).open() as client:
        for name in client.indices.get(index=f"{alias}-*"):
            client.indices.delete(index=name)
