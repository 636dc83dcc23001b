"""A shop with a catalogue of some thousand products, a broker, a database and an engine."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hybrid_search.bootstrap import open_database, open_engine
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.record import product_record
from hybrid_search.engines.port import SearchEngine
from hybrid_search.job_bootstrap import JobServices, open_job_queue, open_job_services
from hybrid_search.jobs.job import Job
from hybrid_search.settings import Settings
from tests.fashion_shop import CATALOG
from tests.servers.redis_server import RedisServer
from tests.tiny_model import write_tiny_model
from tests.workers.worker_process import PREFIX, WorkerProcess, running_worker

PRODUCTS = 4_200
CHUNKS = 9
"""Of 500 products each."""
JOB_SECONDS = 90


def large_catalog() -> Iterator[Product]:
    """Yield the fashion shop again and again, each product with an id of its own."""
    for n in range(PRODUCTS):
        yield replace(CATALOG[n % len(CATALOG)], id=f"p{n:05}", style_id=None)


@dataclass
class Shop:
    """Where a shop's commands and workers run, and what their settings are."""

    folder: Path
    variables: dict[str, str]
    workers: ExitStack = field(default_factory=ExitStack)

    @property
    def settings(self) -> Settings:
        return Settings(**{name.lower(): value for name, value in self.variables.items()})  # type: ignore[arg-type] # pydantic reads them

    def worker(self, *, is_waited_for: bool = True, **variables: str) -> WorkerProcess:
        """Start a worker that ends with the test."""
        merged = {**self.variables, **variables}
        given = {name: value for name, value in merged.items() if value}
        return self.workers.enter_context(running_worker(given, is_waited_for=is_waited_for))

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start `hybrid-search` with these arguments in the shop's folder."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "hybrid_search.cli", *arguments],
            cwd=self.folder,
            env={
                "PATH": os.defpath,
                "HOME": str(self.folder),
                **{f"{PREFIX}{name}": value for name, value in self.variables.items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `hybrid-search` to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=JOB_SECONDS)
        assert "Traceback" not in err
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def jobs(self) -> list[dict[str, Any]]:
        """Return the jobs, newest first, as the command line shows them."""
        found: list[dict[str, Any]] = json.loads(self.command("jobs", "list", "--json").stdout)
        return found

    @contextmanager
    def services(self) -> Iterator[JobServices]:
        """What asks for jobs and updates in a process of the shop's own."""
        settings = self.settings
        with closing(open_engine(settings)) as engine, closing(open_database(settings)) as database:
            database.upgrade()
            queue = open_job_queue(settings)
            with closing(open_job_services(settings, engine, database, queue)) as services:
                yield services

    @contextmanager
    def engine(self) -> Iterator[SearchEngine]:
        with closing(open_engine(self.settings)) as engine:
            yield engine

    def wait_for(self, is_reached: Callable[[Job], bool]) -> Job:
        """Return the newest job when it is where a test wants it."""
        deadline = time.monotonic() + JOB_SECONDS
        with self.services() as services:
            while True:
                found = services.ledger.recent(1)
                if found and is_reached(found[0]):
                    return found[0]
                assert time.monotonic() < deadline, f"{found}"
                time.sleep(0.03)

    def wait_for_end(self) -> Job:
        return self.wait_for(lambda job: not job.is_active)

    def check_live(self) -> None:
        """Hold that the live index has every product of the catalogue, with its vector."""
        with self.engine() as engine:
            live = engine.live_generation()
            assert live.is_complete
            assert engine.count(live.name) == PRODUCTS
            some = list(large_catalog())[:: PRODUCTS // 50]
            every = [product.id for product in some]
            assert engine.fetch(live.name, every) == {product.id: product for product in some}
            assert set(engine.fetch_vectors(live.name, "text_vector", every)) == set(every)
            assert set(live.vector_fields[0].bounds) == {"text", "product"}
            assert [one.name for one in engine.generations() if not one.is_complete] == []


@pytest.fixture(scope="session")
def catalog_lines() -> str:
    return "\n".join(json.dumps(product_record(product)) for product in large_catalog())


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Settings of two encoders that are not one another."""
    texts = " ".join(f"{product.title} {product.description}" for product in CATALOG)
    words = set(re.findall(r"\w+", texts.lower()))
    root = tmp_path_factory.mktemp("worker-models")
    first, second = (write_tiny_model(root / f"tiny{seed}", words, seed=seed) for seed in (0, 1))
    return f"onnx:{first}", f"onnx:{second}"


@pytest.fixture
def open_shop(
    tmp_path: Path, catalog_lines: str, models: tuple[str, str]
) -> Iterator[Callable[[Mapping[str, str]], Shop]]:
    """A function from the variables of engine, database and broker to a shop."""
    shops: list[Shop] = []

    def open_(variables: Mapping[str, str]) -> Shop:
        (tmp_path / "catalog.jsonl").write_text(catalog_lines, encoding="utf-8")
        shop = Shop(
            tmp_path,
            {
                "ENGINE_URL": f"sqlite:///{tmp_path}/engine.db",
                "DATABASE_URL": f"sqlite:///{tmp_path}/state.db",
                "INDEX_ALIAS": f"workers_{uuid4().hex[:12]}",
                "TEXT_ENCODER": models[0],
                **variables,
            },
        )
        shops.append(shop)
        return shop

    yield open_
    for shop in shops:
        shop.workers.close()


@pytest.fixture
def shop(open_shop: Callable[[Mapping[str, str]], Shop], redis_url: str) -> Shop:
    """A shop on SQLite, with a broker and no worker yet."""
    return open_shop({"BROKER_URL": redis_url})


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of the test's own, to be stopped and started."""
    server = RedisServer.start(os.environ)
    yield server
    server.stop()
