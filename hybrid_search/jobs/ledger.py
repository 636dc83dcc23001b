"""The books of jobs as services see them: what was asked, what is done, what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hybrid_search.jobs.job import (
    EndState,
    FailureKind,
    Job,
    JobFailure,
    JobOrder,
    StagedCatalog,
)


@dataclass(frozen=True, slots=True)
class PlacedChunk:
    """A chunk that was put into the ledger.

    Attributes:
        number: within its job, from 0.
        is_ready: whether it can be written: the index of its job has been made.
    """

    number: int
    is_ready: bool


@dataclass(frozen=True, slots=True)
class TakenChunk:
    """A chunk that a worker is about to write.

    Attributes:
        payload: its products, packed.
        attempts: how often it was taken, this time included.
        generation: name of the index to write to.
        revision: of all of its products.
        encoder: of the index, as settings call it.
        fingerprint: of that encoder.
    """

    job_id: str
    number: int
    payload: bytes
    attempts: int
    generation: str
    revision: int
    encoder: str | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class ChunkOutcome:
    """What became of the products of a chunk."""

    products: int
    written: int
    encoded: int
    failures: tuple[JobFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusals:
    """Workers that could not do a task of a job because of their encoder.

    Attributes:
        in_a_row: since a chunk was done for the last time.
        is_chunk_running: whether some worker is writing a chunk.
    """

    in_a_row: int
    is_chunk_running: bool


class JobLedger(Protocol):
    """Jobs; every method is one transaction and raises `DatabaseError` when it cannot be.

    What is done to a job that is at its end, or does not exist, changes nothing and returns None,
    or False.
    """

    def start(self, order: JobOrder, *, is_read_by_caller: bool, now: datetime) -> Job:
        """Put a job into the ledger and give it its revision.

        Args:
            order: what it is to do.
            is_read_by_caller: whether the caller reads the source; else a worker claims it.
            now: when it is asked for.

        Raises:
            JobRunningError: its alias has one that is not at its end.
        """

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            JobNotFoundError: there is none of that id.
        """

    def recent(self, limit: int) -> tuple[Job, ...]:
        """Return the newest jobs, newest first."""

    def active(self, alias: str) -> Job | None:
        """Return the job of an alias that is not at its end."""

    def claim(self, job_id: str, *, now: datetime) -> Job | None:
        """Take on the reading of a source; of several who try, one gets the job."""

    def begin(
        self,
        job_id: str,
        *,
        generation: str,
        former: str | None,
        fingerprint: str | None,
        now: datetime,
    ) -> bool:
        """Record the index of a job; of several who try, one succeeds."""

    def estimate(self, job_id: str, products: int) -> None:
        """Record about how many products the source of a job has."""

    def add_failures(self, job_id: str, failures: Sequence[JobFailure], *, now: datetime) -> None:
        """Record failures, and that whoever reads the source is alive."""

    def staged(self, job_id: str, catalog: StagedCatalog, *, now: datetime) -> Job | None:
        """Record that the source was read to its end."""

    def staged_catalog(self, job_id: str) -> StagedCatalog:
        """Return what was learned while it was read."""

    def finish(self, job_id: str, *, now: datetime) -> Job | None:
        """Record that all chunks are done and the index is being verified; again is harmless."""

    def refuse(self, job_id: str) -> Refusals | None:
        """Count a worker that could not do a task because of its encoder."""

    def end(
        self,
        job_id: str,
        state: EndState,
        *,
        now: datetime,
        error_code: str | None = None,
        error: str | None = None,
        pruned: Sequence[str] = (),
        prune_problems: Sequence[str] = (),
    ) -> Job | None:
        """Record the end of a job; its staged products are dropped, its failures stay."""

    def annotate(self, job_id: str, note: str) -> None:
        """Add a sentence to the error of a job that has ended."""

    def failures(
        self, job_id: str, *, kind: FailureKind | None = None, limit: int | None = None
    ) -> tuple[JobFailure, ...]:
        """Return the failures of a job in the order in which they came."""


class ChunkLedger(Protocol):
    """The chunks of jobs; transactions and errors are as in `JobLedger`."""

    def add(
        self, job_id: str, payload: bytes, products: int, *, now: datetime
    ) -> PlacedChunk | None:
        """Put a chunk at the end of its job; one that is ready counts as sent from now on."""

    def resend(self, job_id: str, *, sent_before: datetime, now: datetime) -> tuple[int, ...]:
        """Return the numbers of the chunks that wait since then, and count them as sent now."""

    def take(self, job_id: str, number: int, *, now: datetime) -> TakenChunk | None:
        """Return a chunk to be written, or None when that is done, or its job at its end."""

    def release(self, job_id: str, number: int) -> None:
        """Give a chunk back that could not be written this time; it does not count as taken."""

    def complete(
        self, job_id: str, number: int, outcome: ChunkOutcome, *, now: datetime
    ) -> Job | None:
        """Record that a chunk was written, and return its job; again changes nothing."""
