"""Jobs in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, delete, exists, insert, select, update

from hybrid_search.errors import JobNotFoundError, JobRunningError
from hybrid_search.jobs.job import (
    EndState,
    FailureKind,
    Job,
    JobFailure,
    JobOrder,
    StagedCatalog,
)
from hybrid_search.jobs.ledger import Refusals
from hybrid_search.store.database import Database
from hybrid_search.store.job_rows import (
    JOB_COLUMNS,
    insert_failures,
    job_of,
    order_values,
    storable,
)
from hybrid_search.store.revisions import take_revisions
from hybrid_search.store.tables import JOB_CHUNKS, JOB_FAILURES, JOBS

KEPT_JOBS = 200
"""Jobs of an alias that are remembered after their end."""


class DatabaseJobLedger:
    """`JobLedger` on a database of either kind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, order: JobOrder, *, is_read_by_caller: bool, now: datetime) -> Job:
        """Put a job into the ledger and give it its revision."""
        with self._database.writing() as connection:
            # Others who start a job or take a revision wait here until this is done.
            revision = take_revisions(connection, 1, now=now)
            running = select(JOBS.c.id).where(JOBS.c.active_alias == order.alias)
            if (found := connection.scalar(running)) is not None:
                msg = (
                    f"job {found} of {order.alias!r} is not done, and there is one at a time; wait "
                    f"for it, or end it with `hybrid-search jobs cancel {found}`"
                )
                raise JobRunningError(msg, found)
            connection.execute(_prune(order.alias))
            values = {
                **order_values(order),
                "active_alias": order.alias,
                "state": "staging" if is_read_by_caller else "queued",
                "revision": revision,
                "created_at": now,
                "updated_at": now,
            }
            row = connection.execute(insert(JOBS).values(values).returning(*JOB_COLUMNS)).one()
            return job_of(row)

    def get(self, job_id: str) -> Job:
        """Return a job."""
        with self._database.reading() as connection:
            row = connection.execute(select(*JOB_COLUMNS).where(JOBS.c.id == job_id)).first()
        if row is None:
            msg = f"there is no job {job_id!r}; `hybrid-search jobs list` shows those there are"
            raise JobNotFoundError(msg)
        return job_of(row)

    def recent(self, limit: int) -> tuple[Job, ...]:
        """Return the newest jobs, newest first."""
        newest = select(*JOB_COLUMNS).order_by(JOBS.c.revision.desc())
        with self._database.reading() as connection:
            return tuple(map(job_of, connection.execute(newest.limit(limit))))

    def active(self, alias: str) -> Job | None:
        """Return the job of an alias that is not at its end."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(*JOB_COLUMNS).where(JOBS.c.active_alias == alias)
            ).first()
        return None if row is None else job_of(row)

    def claim(self, job_id: str, *, now: datetime) -> Job | None:
        """Take on the reading of a source; of several who try, one gets the job."""
        claimed = _of_active(job_id, JOBS.c.state == "queued")
        return self._changed(claimed.values(state="staging", updated_at=now))

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
        begun = _of_active(job_id, JOBS.c.generation.is_(None)).values(
            generation=generation,
            former=former,
            fingerprint=fingerprint,
            started_at=now,
            updated_at=now,
            refusals=0,
        )
        return self._changed(begun) is not None

    def estimate(self, job_id: str, products: int) -> None:
        """Record about how many products the source of a job has."""
        self._changed(_of_active(job_id).values(estimated_products=products))

    def add_failures(self, job_id: str, failures: Sequence[JobFailure], *, now: datetime) -> None:
        """Record failures, and that whoever reads the source is alive."""
        rejected = sum(failure.kind == "rejected" for failure in failures)
        counted = _of_active(job_id).values(rejected=JOBS.c.rejected + rejected, updated_at=now)
        with self._database.writing() as connection:
            if connection.execute(counted).rowcount:
                insert_failures(connection, job_id, failures)

    def staged(self, job_id: str, catalog: StagedCatalog, *, now: datetime) -> Job | None:
        """Record that the source was read to its end."""
        return self._changed(
            _of_active(job_id).values(
                is_staged=True,
                state="running",
                attributes=list(catalog.attributes),
                sample=list(catalog.sample),
                updated_at=now,
            )
        )

    def staged_catalog(self, job_id: str) -> StagedCatalog:
        """Return what was learned while the source was read."""
        wanted = select(JOBS.c.attributes, JOBS.c.sample).where(JOBS.c.id == job_id)
        with self._database.reading() as connection:
            attributes, sample = connection.execute(wanted).one()
        return StagedCatalog(tuple(attributes), tuple(sample))

    def finish(self, job_id: str, *, now: datetime) -> Job | None:
        """Record that all chunks are done and the index is being verified."""
        is_written = and_(JOBS.c.is_staged, JOBS.c.chunks_done == JOBS.c.chunks)
        finishing = _of_active(job_id, is_written).values(state="finishing", updated_at=now)
        return self._changed(finishing)

    def refuse(self, job_id: str) -> Refusals | None:
        """Count a worker that could not do a task because of its encoder."""
        is_running = and_(JOB_CHUNKS.c.job_id == job_id, JOB_CHUNKS.c.state == "running")
        counted = _of_active(job_id).values(refusals=JOBS.c.refusals + 1).returning(JOBS.c.refusals)
        with self._database.writing() as connection:
            in_a_row = connection.scalar(counted)
            if in_a_row is None:
                return None
            return Refusals(in_a_row, bool(connection.scalar(select(exists().where(is_running)))))

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
        ended = self._changed(
            _of_active(job_id).values(
                state=state,
                active_alias=None,
                updated_at=now,
                ended_at=now,
                error_code=error_code,
                error=None if error is None else storable(error),
                pruned=list(pruned),
                prune_problems=list(prune_problems),
            )
        )
        if ended is not None:
            # Apart from the job's row: a worker may hold a chunk and wait for that row.
            with self._database.writing() as connection:
                connection.execute(delete(JOB_CHUNKS).where(JOB_CHUNKS.c.job_id == job_id))
        return ended

    def annotate(self, job_id: str, note: str) -> None:
        """Add a sentence to the error of a job that has ended."""
        noted = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.error.is_not(None))
        with self._database.writing() as connection:
            connection.execute(noted.values(error=JOBS.c.error + f"; {storable(note)}"))

    def failures(
        self, job_id: str, *, kind: FailureKind | None = None, limit: int | None = None
    ) -> tuple[JobFailure, ...]:
        """Return the failures of a job in the order in which they came."""
        columns = JOB_FAILURES.c
        wanted = select(columns.kind, columns.product_id, columns.reason, columns.line)
        wanted = wanted.where(columns.job_id == job_id).order_by(columns.number)
        if kind is not None:
            wanted = wanted.where(columns.kind == kind)
        if limit is not None:
            wanted = wanted.limit(limit)
        with self._database.reading() as connection:
            return tuple(JobFailure(*row) for row in connection.execute(wanted))

    def _changed(self, change: Update) -> Job | None:
        """Return the one job that a statement changes, as it is then."""
        with self._database.writing() as connection:
            row: Any = connection.execute(change.returning(*JOB_COLUMNS)).first()
        return None if row is None else job_of(row)


def _of_active(job_id: str, *conditions: ColumnElement[bool]) -> Update:
    return update(JOBS).where(JOBS.c.id == job_id, JOBS.c.active_alias.is_not(None), *conditions)


def _prune(alias: str) -> Any:
    has_ended = and_(JOBS.c.alias == alias, JOBS.c.active_alias.is_(None))
    newest = select(JOBS.c.id).where(has_ended).order_by(JOBS.c.revision.desc())
    return delete(JOBS).where(has_ended, JOBS.c.id.not_in(newest.limit(KEPT_JOBS)))
