"""Catalogues are indexed by real workers over a real Redis."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from elasticsearch import Elasticsearch

from hybrid_search.jobs.job import JobSource
from hybrid_search.product_changes import ProductRemoval, ProductUpsert
from tests.workers.conftest import CHUNKS, PRODUCTS, Shop

OpenShop = Callable[[Mapping[str, str]], Shop]


@contextmanager
def dropped_afterwards(url: str, alias: str) -> Iterator[None]:
    try:
        yield
    finally:
        with Elasticsearch(url) as client:
            for name in client.indices.get(index=f"{alias}-*", features="aliases"):
                client.indices.delete(index=name)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def index_with_two_workers(shop: Shop) -> None:
    workers = [shop.worker(), shop.worker()]
    lines = (shop.folder / "catalog.jsonl").read_text(encoding="utf-8")
    (shop.folder / "bad.jsonl").write_text(f'{{"id": "untitled"}}\n{lines}\n{{', encoding="utf-8")
    outcome = shop.command("index", "bad.jsonl", "--queue")
    assert (outcome.returncode, outcome.stdout.split()[1:]) == (
        0,
        f"is live with {PRODUCTS} products".split(),
    )
    assert outcome.stderr.startswith("2 set aside in bad.jsonl.rejects.jsonl, such as:\n")
    shop.check_live()
    (job,) = shop.jobs()
    assert (job["state"], job["written"], job["encoded"]) == ("done", PRODUCTS, PRODUCTS)
    assert (job["chunks"], job["chunks_done"], job["rejected"]) == (CHUNKS, CHUNKS, 2)
    failures = json.loads(shop.command("jobs", "failures", job["id"], "--json").stdout)
    assert [(one["line"], one["id"]) for one in failures] == [(1, "untitled"), (PRODUCTS + 2, None)]
    written = [worker.chunks() for worker in workers]
    assert sorted(written[0] + written[1]) == list(range(CHUNKS))
    assert all(written), "both workers had something to do"
    for worker in workers:
        assert worker.log.count("is loaded, in") == 1, worker.log


def test_on_sqlite(shop: Shop) -> None:
    index_with_two_workers(shop)


def test_on_elasticsearch_and_postgresql(
    open_shop: OpenShop, redis_url: str, elasticsearch_url: str, postgresql_url: str
) -> None:
    shop = open_shop(
        {
            "BROKER_URL": redis_url,
            "ENGINE_URL": elasticsearch_url,
            "DATABASE_URL": postgresql_url,
        }
    )
    with dropped_afterwards(elasticsearch_url, shop.variables["INDEX_ALIAS"]):
        index_with_two_workers(shop)
        # Once more, from what the index itself holds.
        with shop.services() as services:
            services.control.start(JobSource("live"))
        job = shop.wait_for_end()
        assert (job.state, job.counts.written) == ("done", PRODUCTS)
        shop.check_live()
        shop.workers.close()


def test_one_worker_of_two_processes_loads_an_encoder_in_each(shop: Shop) -> None:
    worker = shop.worker(WORKER_PROCESSES="2")
    worker.wait_for("ForkPoolWorker-2 encoder")
    assert shop.command("index", "catalog.jsonl", "--queue").returncode == 0
    assert worker.log.count("is loaded, in") == 2
    assert sorted(worker.chunks()) == list(range(CHUNKS))
    shop.check_live()


def test_a_worker_reads_a_file_of_its_folder(shop: Shop) -> None:
    shop.worker(CATALOG_FOLDER=str(shop.folder))
    shop.variables["CATALOG_FOLDER"] = str(shop.folder)
    with shop.services() as services:
        services.control.start(JobSource("file", "catalog.jsonl"))
    job = shop.wait_for_end()
    assert (job.state, job.error, job.counts.written) == ("done", None, PRODUCTS)
    shop.check_live()


def test_the_second_job_is_refused_and_the_first_waits_for_a_worker(shop: Shop) -> None:
    first = shop.command("index", "catalog.jsonl", "--queue", "--no-wait")
    assert first.returncode == 0
    (job,) = shop.jobs()
    assert first.stdout.startswith(f"job {job['id']} is staged")
    assert (job["state"], job["is_staged"], job["written"]) == ("running", True, 0)
    second = shop.command("index", "catalog.jsonl", "--queue")
    assert second.returncode == 1
    assert second.stderr.startswith(f"job_running: job {job['id']} of ")
    shop.worker()
    assert shop.wait_for_end().state == "done"
    shop.check_live()


def test_changes_of_products_are_written_by_workers(shop: Shop) -> None:
    worker = shop.worker()
    assert shop.command("index", "catalog.jsonl", "--queue").returncode == 0
    record = {"id": "new", "title": "golden gown"}
    with shop.services() as services, shop.engine() as engine:
        outcomes = services.updates.apply([ProductUpsert(record), ProductRemoval("p00000")])
        assert all(outcome.is_accepted for outcome in outcomes)
        live = engine.live_generation().name
        wait_until(lambda: set(engine.fetch(live, ["new", "p00000"])) == {"new"})
        assert set(engine.fetch_vectors(live, "text_vector", ["new"])) == {"new"}
    assert "Traceback" not in worker.log
