"""Chunks of jobs in the database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from hybrid_search.jobs.job import JobFailure, JobOrder, JobSource, StagedCatalog
from hybrid_search.jobs.ledger import ChunkOutcome, PlacedChunk
from hybrid_search.store.chunk_ledger import DatabaseChunkLedger
from hybrid_search.store.database import Database
from hybrid_search.store.job_ledger import DatabaseJobLedger

NOW = datetime(2025, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=8)
JOB = "j1"
OUTCOME = ChunkOutcome(10, 9, 8, (JobFailure("refused", "p1", "no"),))


@pytest.fixture
def jobs(database: Database) -> DatabaseJobLedger:
    jobs = DatabaseJobLedger(database)
    order = JobOrder(JOB, "shop", JobSource("staged", "catalog.jsonl"), "onnx:model")
    jobs.start(order, is_read_by_caller=True, now=NOW)
    return jobs


@pytest.fixture
def chunks(database: Database) -> DatabaseChunkLedger:
    return DatabaseChunkLedger(database)


def begin(jobs: DatabaseJobLedger) -> None:
    jobs.begin(JOB, generation="shop-1", former=None, fingerprint="f00d", now=NOW)


def test_chunks_are_numbered_and_counted_in_their_order(
    jobs: DatabaseJobLedger, chunks: DatabaseChunkLedger
) -> None:
    placed = [chunks.add(JOB, b"x", 10, now=LATER) for _ in range(3)]
    assert placed == [PlacedChunk(number, is_ready=False) for number in range(3)]
    counts = jobs.get(JOB).counts
    assert (counts.chunks, counts.products) == (3, 30)
    assert jobs.get(JOB).updated_at == LATER


def test_chunks_wait_for_the_index_and_are_sent_once(
    jobs: DatabaseJobLedger, chunks: DatabaseChunkLedger
) -> None:
    chunks.add(JOB, b"x", 10, now=NOW)
    assert chunks.take(JOB, 0, now=NOW) is None
    begin(jobs)
    assert chunks.add(JOB, b"x", 10, now=NOW) == PlacedChunk(1, is_ready=True)
    assert chunks.resend(JOB, sent_before=NOW, now=NOW) == (0,)
    assert chunks.resend(JOB, sent_before=NOW, now=NOW) == ()


def test_waiting_chunks_that_were_sent_before_a_moment_are_sent_again(
    jobs: DatabaseJobLedger, chunks: DatabaseChunkLedger
) -> None:
    begin(jobs)
    for _ in range(4):
        chunks.add(JOB, b"x", 10, now=NOW)
    chunks.take(JOB, 1, now=NOW)
    chunks.take(JOB, 2, now=NOW)
    chunks.complete(JOB, 2, OUTCOME, now=NOW)
    assert chunks.resend(JOB, sent_before=LATER, now=LATER) == (0, 3)
    assert chunks.resend(JOB, sent_before=LATER, now=LATER) == ()


def test_a_chunk_is_taken_with_what_is_needed_to_write_it(
    jobs: DatabaseJobLedger, chunks: DatabaseChunkLedger
) -> None:
    begin(jobs)
    chunks.add(JOB, b"payload", 10, now=NOW)
    taken = chunks.take(JOB, 0, now=NOW)
    assert taken is not None
    assert (taken.job_id, taken.number, taken.payload) == (JOB, 0, b"payload")
    assert (taken.generation, taken.revision) == ("shop-1", jobs.get(JOB).revision)
    assert (taken.encoder, taken.fingerprint, taken.attempts) == ("onnx:model", "f00d", 1)
    again = chunks.take(JOB, 0, now=NOW)
    assert again is not None
    assert again.attempts == 2
    chunks.release(JOB, 0)
    chunks.release(JOB, 0)
    third = chunks.take(JOB, 0, now=NOW)
    assert third is not None
    assert third.attempts == 2
    assert chunks.take(JOB, 1, now=NOW) is None
    assert chunks.take("nowhere", 0, now=NOW) is None


def test_a_chunk_that_is_done_twice_counts_once(
    jobs: DatabaseJobLedger, chunks: DatabaseChunkLedger
) -> None:
    begin(jobs)
    chunks.add(JOB, b"payload", 10, now=NOW)
    for _ in range(2):
        assert chunks.take(JOB, 0, now=NOW) is not None
    job = chunks.complete(JOB, 0, OUTCOME, now=LATER)
    assert job is not None
    assert job == jobs.get(JOB)
    assert chunks.complete(JOB, 0, OUTCOME, now=LATER) is None
    assert chunks.take(JOB, 0, now=LATER) is None
    counts = jobs.get(JOB).counts
    assert (counts.chunks_done, counts.products_done) == (1, 10)
    assert (counts.written, counts.encoded, counts.refused) == (9, 8, 1)
    assert jobs.failures(JOB) == OUTCOME.failures


def test_of_many_who_complete_chunks_at_once_exactly_one_sees_the_last(
    jobs: DatabaseJobLedger, chunks: DatabaseChunkLedger
) -> None:
    begin(jobs)
    number = 24
    for _ in range(number):
        chunks.add(JOB, b"x", 10, now=NOW)
    jobs.staged(JOB, StagedCatalog((), ()), now=NOW)

    def work(chunk: int) -> bool:
        chunks.take(JOB, chunk, now=NOW)
        job = chunks.complete(JOB, chunk, OUTCOME, now=NOW)
        return job is not None and job.has_all_chunks_done

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(number))) == 1
    counts = jobs.get(JOB).counts
    assert (counts.chunks_done, counts.written) == (number, number * OUTCOME.written)
