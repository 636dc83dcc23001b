"""`hybrid-search jobs`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hybrid_search.jobs.job import JobOrder, JobSource
from hybrid_search.store.database import Database
from hybrid_search.store.job_ledger import DatabaseJobLedger
from tests.cli.conftest import Command


@pytest.fixture
def done(command: Command) -> str:
    """Id of a job that is done, with a line that was no product."""
    with Path("catalog.jsonl").open("a") as file:
        file.write("\n{")
    assert command("index", "catalog.jsonl", "--queue").code == 0
    job_id: str = command("jobs", "list", "--json").data[0]["id"]
    return job_id


def test_before_the_first_job_the_way_is_shown(command: Command) -> None:
    outcome = command("jobs", "list")
    assert outcome.out == "no job yet; run `hybrid-search index FILE --queue`\n"
    assert command("jobs", "list", "--json").data == []


def test_jobs_are_listed_newest_first(command: Command, done: str) -> None:
    command("index", "nowhere.jsonl", "--queue")
    command("index", "catalog.jsonl", "--queue", TEXT_ENCODER="onnx:nowhere")
    first, second = command("jobs", "list", "--json").data
    assert (first["state"], second["id"]) == ("failed", done)
    assert command("jobs", "list", "--limit", "1", "--json").data == [first]
    lines = command("jobs", "list").out.splitlines()
    assert lines[0].split()[:3] == ["job", "state", "source"]
    assert "failed" in lines[1]
    assert "nowhere" in lines[1]
    assert lines[2].split()[:3] == [done, "done", "catalog.jsonl"]


def test_a_job_is_shown_with_what_is_known(command: Command, done: str) -> None:
    shown = command("jobs", "show", done)
    assert "state" in shown.out
    assert "catalog.jsonl" in shown.out
    assert "error" not in shown.out
    data = command("jobs", "show", done, "--json").data
    assert (data["id"], data["written"], data["chunks_done"]) == (done, 60, 1)
    assert data["products_per_s"] > 0


def test_failures_are_listed(command: Command, done: str) -> None:
    outcome = command("jobs", "failures", done)
    assert outcome.out.startswith("rejected: line 61: is not valid JSON")


def test_a_running_job_is_cancelled_and_makes_way(command: Command, done: str) -> None:
    database = Database("sqlite:///hybrid_search_state.db")
    order = JobOrder("stuck", "products", JobSource("staged", "lost.jsonl"), None)
    DatabaseJobLedger(database).start(order, is_read_by_caller=True, now=datetime.now(UTC))
    database.close()
    refused = command("index", "catalog.jsonl", "--queue")
    assert refused.code == 1
    assert "job_running: job stuck of 'products' is not done" in refused.err
    assert "`hybrid-search jobs cancel stuck`" in refused.err
    assert command("jobs", "cancel", "stuck").out == "job stuck is cancelled\n"
    assert command("jobs", "cancel", done).out == f"job {done} is done\n"
    assert command("index", "catalog.jsonl", "--queue").code == 0


@pytest.mark.parametrize("verb", ["show", "failures", "cancel"])
def test_a_job_that_does_not_exist_is_named(command: Command, verb: str) -> None:
    outcome = command("jobs", verb, "nowhere")
    assert outcome.code == 1
    assert "job_not_found: there is no job 'nowhere'" in outcome.err


@pytest.mark.parametrize(
    ("broker", "message"),
    [
        ("", "invalid_settings: a worker needs a broker: set HYBRID_SEARCH_BROKER_URL"),
        ("amqp://localhost", "invalid_settings: HYBRID_SEARCH_BROKER_URL has to be such as"),
    ],
)
def test_a_worker_without_a_broker_says_what_is_missing(
    command: Command, broker: str, message: str
) -> None:
    outcome = command("worker", BROKER_URL=broker)
    assert outcome.code == 1
    assert message in outcome.err
