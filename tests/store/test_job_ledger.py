"""Jobs in the database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hybrid_search.errors import JobNotFoundError, JobRunningError
from hybrid_search.jobs.job import (
    END_STATES,
    EndState,
    Job,
    JobFailure,
    JobOrder,
    JobSource,
    StagedCatalog,
)
from hybrid_search.jobs.ledger import ChunkOutcome, Refusals
from hybrid_search.store.chunk_ledger import DatabaseChunkLedger
from hybrid_search.store.database import Database
from hybrid_search.store.job_ledger import KEPT_JOBS, DatabaseJobLedger

NOW = datetime(2025, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=8)
ORDER = JobOrder("j1", "shop", JobSource("staged", "catalog.jsonl"), "onnx:model", 60)
CATALOG = StagedCatalog(("fit", "größe"), ("p1", "p2"))


@pytest.fixture
def jobs(database: Database) -> DatabaseJobLedger:
    return DatabaseJobLedger(database)


@pytest.fixture
def chunks(database: Database) -> DatabaseChunkLedger:
    return DatabaseChunkLedger(database)


@pytest.fixture
def job(jobs: DatabaseJobLedger) -> Job:
    """A job whose source is being read, without an index yet."""
    return jobs.start(ORDER, is_read_by_caller=True, now=NOW)


def begin(jobs: DatabaseJobLedger, job_id: str = "j1", now: datetime = NOW) -> bool:
    return jobs.begin(
        job_id, generation=f"shop-{job_id}", former="shop-old", fingerprint="f00d", now=now
    )


def test_a_job_is_remembered_as_it_was_ordered(jobs: DatabaseJobLedger, job: Job) -> None:
    assert (job.id, job.alias, job.source) == (ORDER.id, ORDER.alias, ORDER.source)
    assert (job.encoder, job.estimated_products) == (ORDER.encoder, ORDER.estimated_products)
    assert (job.state, job.is_active, job.is_staged) == ("staging", True, False)
    assert (job.created_at, job.updated_at, job.ended_at) == (NOW, NOW, None)
    assert job.revision == NOW.timestamp() * 1_000_000
    assert jobs.get("j1") == job
    assert jobs.active("shop") == job


def test_the_second_job_of_an_alias_is_refused_with_the_id_of_the_first(
    jobs: DatabaseJobLedger, job: Job
) -> None:
    with pytest.raises(JobRunningError, match="job j1 of 'shop' is not done") as caught:
        jobs.start(replace(ORDER, id="j2"), is_read_by_caller=False, now=LATER)
    assert caught.value.job_id == job.id
    other = jobs.start(replace(ORDER, id="j2", alias="other"), is_read_by_caller=False, now=LATER)
    assert other.state == "queued"
    assert jobs.recent(10) == (other, job)


def test_of_many_who_start_a_job_at_once_one_succeeds(jobs: DatabaseJobLedger) -> None:
    def start(number: int) -> bool:
        try:
            jobs.start(replace(ORDER, id=f"j{number}"), is_read_by_caller=True, now=NOW)
        except JobRunningError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(start, range(8))) == 1


@pytest.mark.parametrize("state", END_STATES)
def test_after_the_end_of_a_job_the_alias_is_free_and_nothing_changes_it(
    jobs: DatabaseJobLedger, chunks: DatabaseChunkLedger, job: Job, state: EndState
) -> None:
    chunks.add(job.id, b"payload", 2, now=NOW)
    ended = jobs.end(job.id, state, now=LATER, error_code="code", error="why", pruned=["a"])
    assert ended is not None
    assert (ended.state, ended.is_active, ended.ended_at) == (state, False, LATER)
    assert (ended.error_code, ended.error, ended.pruned) == ("code", "why", ("a",))
    assert jobs.active("shop") is None
    assert jobs.end(job.id, "done", now=LATER) is None
    assert not begin(jobs)
    assert jobs.finish(job.id, now=LATER) is None
    assert jobs.staged(job.id, CATALOG, now=LATER) is None
    assert jobs.refuse(job.id) is None
    assert chunks.add(job.id, b"more", 2, now=LATER) is None
    assert chunks.take(job.id, 0, now=LATER) is None
    jobs.add_failures(job.id, [JobFailure("rejected", None, "late", 1)], now=LATER)
    assert jobs.failures(job.id) == ()
    assert jobs.get(job.id) == ended
    assert jobs.start(replace(ORDER, id="j2"), is_read_by_caller=True, now=LATER).is_active


def test_a_source_is_read_by_one_worker(jobs: DatabaseJobLedger) -> None:
    jobs.start(ORDER, is_read_by_caller=False, now=NOW)
    claimed = jobs.claim("j1", now=LATER)
    assert claimed is not None
    assert (claimed.state, claimed.updated_at) == ("staging", LATER)
    assert jobs.claim("j1", now=LATER) is None


def test_an_index_is_recorded_once(jobs: DatabaseJobLedger, job: Job) -> None:
    assert begin(jobs, now=LATER)
    assert not begin(jobs, now=LATER)
    begun = jobs.get(job.id)
    assert (begun.generation, begun.former, begun.fingerprint) == ("shop-j1", "shop-old", "f00d")
    assert begun.started_at == LATER


def test_a_job_can_be_finished_when_it_is_staged_and_all_chunks_are_done(
    jobs: DatabaseJobLedger, chunks: DatabaseChunkLedger, job: Job
) -> None:
    begin(jobs)
    chunks.add(job.id, b"", 2, now=NOW)
    chunks.take(job.id, 0, now=NOW)
    done = chunks.complete(job.id, 0, ChunkOutcome(2, 2, 2), now=NOW)
    assert done is not None
    assert not done.has_all_chunks_done
    assert jobs.finish(job.id, now=NOW) is None
    staged = jobs.staged(job.id, CATALOG, now=LATER)
    assert staged is not None
    assert (staged.state, staged.has_all_chunks_done) == ("running", True)
    assert jobs.staged_catalog(job.id) == CATALOG
    for _ in range(2):
        finishing = jobs.finish(job.id, now=LATER)
        assert finishing is not None
        assert finishing.state == "finishing"


def test_refusals_are_counted_until_a_chunk_is_done(
    jobs: DatabaseJobLedger, chunks: DatabaseChunkLedger, job: Job
) -> None:
    assert jobs.refuse(job.id) == Refusals(1, is_chunk_running=False)
    begin(jobs)
    for _ in range(2):
        chunks.add(job.id, b"", 1, now=NOW)
    assert jobs.refuse(job.id) == Refusals(1, is_chunk_running=False)
    chunks.take(job.id, 0, now=NOW)
    assert jobs.refuse(job.id) == Refusals(2, is_chunk_running=True)
    chunks.complete(job.id, 0, ChunkOutcome(1, 1, 1), now=NOW)
    assert jobs.refuse(job.id) == Refusals(1, is_chunk_running=False)


def test_failures_come_back_in_their_order_and_by_kind(jobs: DatabaseJobLedger, job: Job) -> None:
    rejected = [
        JobFailure("rejected", None, "no JSON", 3),
        JobFailure("rejected", "p1", "twice", 9),
    ]
    blind = JobFailure("without_vector", "p2", "NaN")
    jobs.add_failures(job.id, [*rejected, blind], now=LATER)
    assert jobs.failures(job.id) == (*rejected, blind)
    assert jobs.failures(job.id, kind="without_vector") == (blind,)
    assert jobs.failures(job.id, limit=1) == (rejected[0],)
    assert jobs.get(job.id).counts.rejected == 2
    assert jobs.get(job.id).updated_at == LATER


def test_what_a_database_cannot_hold_is_escaped(jobs: DatabaseJobLedger, job: Job) -> None:
    jobs.add_failures(job.id, [JobFailure("rejected", "p\0", "half \ud800")], now=NOW)
    assert jobs.failures(job.id) == (JobFailure("rejected", "p\\x00", "half \\ud800"),)
    ended = jobs.end(job.id, "failed", now=NOW, error="a\0b")
    assert ended is not None
    jobs.annotate(job.id, "also \0")
    assert jobs.get(job.id).error == "a\\x00b; also \\x00"


def test_a_job_that_does_not_exist_is_named(jobs: DatabaseJobLedger) -> None:
    with pytest.raises(JobNotFoundError, match=r"no job 'nowhere'; `hybrid-search jobs list`"):
        jobs.get("nowhere")
    assert jobs.active("shop") is None


def test_jobs_of_long_ago_are_forgotten(
    jobs: DatabaseJobLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hybrid_search.store.job_ledger.KEPT_JOBS", 3)
    assert KEPT_JOBS > 3
    for number in range(6):
        now = NOW + timedelta(minutes=number)
        jobs.start(replace(ORDER, id=f"j{number}"), is_read_by_caller=True, now=now)
        jobs.add_failures(f"j{number}", [JobFailure("rejected", None, "x")], now=now)
        jobs.end(f"j{number}", "done", now=now)
    jobs.start(replace(ORDER, id="j9"), is_read_by_caller=True, now=LATER + timedelta(hours=1))
    assert [job.id for job in jobs.recent(10)] == ["j9", "j5", "j4", "j3"]
    assert jobs.failures("j0") == ()


def test_a_rate_is_products_by_seconds(
    jobs: DatabaseJobLedger, chunks: DatabaseChunkLedger, job: Job
) -> None:
    assert (job.products_per_s, job.seconds_left) == (None, None)
    begin(jobs)
    for _ in range(2):
        chunks.add(job.id, b"", 40, now=NOW)
    chunks.take(job.id, 0, now=NOW)
    done = chunks.complete(job.id, 0, ChunkOutcome(40, 39, 38), now=LATER)
    assert done is not None
    assert done.products_per_s == 40 / 8
    assert done.seconds_left is None
    staged = jobs.staged(job.id, CATALOG, now=LATER)
    assert staged is not None
    assert staged.seconds_left == 40 / (40 / 8)
