"""How fast a reindex through two workers is, against a bare bulk of ready documents."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.catalog import Source
from benchmarks.engines import ALIAS, delete_indices, elasticsearch_engine, elasticsearch_url
from benchmarks.indexing_speed import bulk_s
from benchmarks.ready_worker import SETTING
from benchmarks.timing import print_ratio
from hybrid_search.bootstrap import open_database
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.rejects import Rejects
from hybrid_search.engines.port import SearchEngine
from hybrid_search.job_bootstrap import JobServices, open_job_queue, open_job_services
from hybrid_search.jobs.job import Job
from hybrid_search.settings import PREFIX, Settings
from tests.servers.redis_server import running_redis

ROUNDS = 3
WORKERS = 2
LOOK_EVERY_S = 0.02


def run(source: Source) -> None:
    """Print the ratio, and where the time went."""
    print(f"Indexing through {WORKERS} Celery workers, {source.label}", flush=True)
    products = list(source.products())
    with ExitStack() as stack:
        url = stack.enter_context(elasticsearch_url())
        engine = stack.enter_context(elasticsearch_engine(url))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        variables = {
            "ENGINE_URL": url,
            "INDEX_ALIAS": ALIAS,
            "TEXT_ENCODER": SETTING,
            "BROKER_URL": stack.enter_context(running_redis(os.environ)),
            "DATABASE_URL": f"sqlite:///{folder / 'state.db'}",
        }
        services = stack.enter_context(_services(variables, engine))
        for number in range(WORKERS):
            stack.enter_context(_worker(variables, folder / f"worker{number}.log"))
        _reindex(services, products[:2000])
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(_reindex(services, products))
            bare.append(bulk_s(engine, url, products))
            delete_indices(engine, url)
    best = min(ours, key=lambda one: one[0])
    print(f"  reindex, from its order to live {len(products) / best[0]:8.0f} products/s")
    print(f"  of which chunks were written    {len(products) / best[1]:8.0f} products/s")
    print(f"  parallel_bulk, ready documents  {len(products) / min(bare):8.0f} products/s")
    print_ratio("queued reindex / bare parallel_bulk", min(bare) / best[0], "at least 0.8")


def _reindex(services: JobServices, products: Sequence[Product]) -> tuple[float, float]:
    """Return the seconds of a whole job, and of its chunks."""
    started = time.perf_counter()
    job = services.control.start_staged("products in memory")
    rejects = services.stager.rejects(job.id, Rejects())
    services.stager.stage(job.id, products, len(products), rejects)
    written = 0.0
    while (job := services.ledger.get(job.id)).is_active:
        if not written and job.has_all_chunks_done:
            written = time.perf_counter() - started
        time.sleep(LOOK_EVERY_S)
    _require(job, len(products))
    return time.perf_counter() - started, written or time.perf_counter() - started


def _require(job: Job, products: int) -> None:
    if job.state != "done" or job.counts.encoded != products:
        sys.exit(f"job {job.id} {job.state}: {job.error}; {job.counts}")


@contextmanager
def _services(variables: Mapping[str, str], engine: SearchEngine) -> Iterator[JobServices]:
    settings = Settings(**{name.lower(): value for name, value in variables.items()})  # type: ignore[arg-type]
    with closing(open_database(settings)) as database:
        database.upgrade()
        with closing(
            open_job_services(settings, engine, database, open_job_queue(settings))
        ) as services:
            yield services


@contextmanager
def _worker(variables: Mapping[str, str], log: Path) -> Iterator[None]:
    with log.open("w") as console:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.ready_worker"],
            env={**os.environ, **{f"{PREFIX}{name}": value for name, value in variables.items()}},
            stdout=console,
            stderr=console,
        )
    try:
        while " ready." not in log.read_text():
            if process.poll() is not None:
                sys.exit(log.read_text())
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()
