"""A reindex through a real worker and a real Redis, as an operator does it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from hybrid_search.catalog.record import product_record
from tests.fashion_shop import CATALOG

COMMAND = (sys.executable, "-m", "hybrid_search.cli")


@pytest.fixture
def environment(tmp_path: Path, redis_url: str) -> dict[str, str]:
    lines = [orjson.dumps(product_record(product)).decode() for product in CATALOG]
    (tmp_path / "catalog.jsonl").write_text("\n".join([*lines, "{"]), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if "HYBRID_SEARCH" not in name}
    return {
        **kept,
        "HYBRID_SEARCH_ENGINE_URL": f"sqlite:///{tmp_path / 'shop.db'}",
        "HYBRID_SEARCH_DATABASE_URL": f"sqlite:///{tmp_path / 'state.db'}",
        "HYBRID_SEARCH_INDEX_ALIAS": f"worker_{tmp_path.name.lower().replace('-', '_')}",
        "HYBRID_SEARCH_BROKER_URL": redis_url,
    }


def command(
    environment: dict[str, str], folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@contextmanager
def worker(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    with (folder / "worker.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*COMMAND, "worker"], env=environment, cwd=folder, stderr=log, stdout=log, text=True
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def test_a_worker_builds_what_a_command_stages(environment: dict[str, str], tmp_path: Path) -> None:
    with worker(environment, tmp_path) as running:
        done = command(environment, tmp_path, "index", "catalog.jsonl", "--queue")
        log = (tmp_path / "worker.log").read_text(encoding="utf-8")
        assert done.returncode == 0, done.stderr + log
        assert f"is live with {len(CATALOG)} products" in done.stdout
        assert "1 set aside" in done.stderr
        found = command(environment, tmp_path, "search", "red dress", "--json")
        assert orjson.loads(found.stdout)["hits"]
        listed = command(environment, tmp_path, "jobs", "list")
        assert " done " in listed.stdout, listed.stdout
        assert running.poll() is None
    assert running.returncode == 0, "SIGTERM ends it in order"


def test_a_job_waits_for_a_worker(environment: dict[str, str], tmp_path: Path) -> None:
    asked = command(environment, tmp_path, "index", "catalog.jsonl", "--queue", "--no-wait")
    assert asked.returncode == 0, asked.stderr
    second = command(environment, tmp_path, "index", "catalog.jsonl", "--queue")
    assert second.returncode == 1
    assert "job_running" in second.stderr
    with worker(environment, tmp_path):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            listed = command(environment, tmp_path, "jobs", "list")
            if " done " in listed.stdout:
                break
            time.sleep(0.5)
    assert " done " in listed.stdout, (tmp_path / "worker.log").read_text(encoding="utf-8")


def test_without_a_broker_tasks_run_in_the_command(
    environment: dict[str, str], tmp_path: Path
) -> None:
    del environment["HYBRID_SEARCH_BROKER_URL"]
    done = command(environment, tmp_path, "index", "catalog.jsonl", "--queue")
    assert done.returncode == 0, done.stderr
    assert f"is live with {len(CATALOG)} products" in done.stdout
    refused = command(environment, tmp_path, "worker")
    assert refused.returncode == 1
    assert "HYBRID_SEARCH_BROKER_URL" in refused.stderr


def test_a_broker_that_is_down_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    environment["HYBRID_SEARCH_BROKER_URL"] = "redis://127.0.0.1:1/0"
    done = command(environment, tmp_path, "index", "catalog.jsonl", "--queue")
    assert done.returncode == 1
    assert "queue_unavailable" in done.stderr
