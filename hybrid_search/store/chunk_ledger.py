"""The chunks of jobs in the database."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, or_, select, update

from hybrid_search.jobs.job import Job
from hybrid_search.jobs.ledger import ChunkOutcome, PlacedChunk, TakenChunk
from hybrid_search.store.database import Database
from hybrid_search.store.job_rows import JOB_COLUMNS, insert_failures, job_of
from hybrid_search.store.tables import JOB_CHUNKS, JOBS


class DatabaseChunkLedger:
    """`ChunkLedger` on a database of either kind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, job_id: str, payload: bytes, products: int, *, now: datetime
    ) -> PlacedChunk | None:
        """Put a chunk at the end of its job; one that is ready counts as sent from now on."""
        counted = (
            update(JOBS)
            .where(JOBS.c.id == job_id, JOBS.c.active_alias.is_not(None))
            .values(chunks=JOBS.c.chunks + 1, products=JOBS.c.products + products, updated_at=now)
            .returning(JOBS.c.chunks, JOBS.c.generation)
        )
        with self._database.writing() as connection:
            # Whoever makes the index waits here, and sends this chunk, or is seen to have made it.
            row = connection.execute(counted).first()
            if row is None:
                return None
            chunks, generation = row
            placed = PlacedChunk(chunks - 1, is_ready=generation is not None)
            connection.execute(
                insert(JOB_CHUNKS).values(
                    job_id=job_id,
                    number=placed.number,
                    state="waiting",
                    payload=payload,
                    sent_at=now if placed.is_ready else None,
                )
            )
            return placed

    def resend(self, job_id: str, *, sent_before: datetime, now: datetime) -> tuple[int, ...]:
        """Return the numbers of the chunks that wait since then, and count them as sent now."""
        is_due = or_(JOB_CHUNKS.c.sent_at.is_(None), JOB_CHUNKS.c.sent_at < sent_before)
        waiting = (
            update(JOB_CHUNKS)
            .where(JOB_CHUNKS.c.job_id == job_id, JOB_CHUNKS.c.state == "waiting", is_due)
            .values(sent_at=now)
            .returning(JOB_CHUNKS.c.number)
        )
        with self._database.writing() as connection:
            return tuple(sorted(connection.scalars(waiting)))

    def take(self, job_id: str, number: int, *, now: datetime) -> TakenChunk | None:
        """Return a chunk to be written, or None when that is done, or its job at its end."""
        taken = (
            update(JOB_CHUNKS)
            .where(_chunk(job_id, number), JOB_CHUNKS.c.state != "done")
            .values(state="running", started_at=now, attempts=JOB_CHUNKS.c.attempts + 1)
            .returning(JOB_CHUNKS.c.payload, JOB_CHUNKS.c.attempts)
        )
        building = select(JOBS.c.generation, JOBS.c.revision, JOBS.c.encoder, JOBS.c.fingerprint)
        building = building.where(
            JOBS.c.id == job_id, JOBS.c.active_alias.is_not(None), JOBS.c.generation.is_not(None)
        )
        with self._database.writing() as connection:
            job = connection.execute(building).first()
            chunk = connection.execute(taken).first() if job else None
        if job is None or chunk is None:
            return None
        return TakenChunk(
            job_id,
            number,
            payload=chunk.payload,
            attempts=chunk.attempts,
            generation=job.generation,
            revision=job.revision,
            encoder=job.encoder,
            fingerprint=job.fingerprint,
        )

    def release(self, job_id: str, number: int) -> None:
        """Give a chunk back that could not be written this time; it does not count as taken."""
        given_back = (
            update(JOB_CHUNKS)
            .where(_chunk(job_id, number), JOB_CHUNKS.c.state == "running")
            .values(state="waiting", attempts=JOB_CHUNKS.c.attempts - 1)
        )
        with self._database.writing() as connection:
            connection.execute(given_back)

    def complete(
        self, job_id: str, number: int, outcome: ChunkOutcome, *, now: datetime
    ) -> Job | None:
        """Record that a chunk was written, and return its job; again changes nothing."""
        done = (
            update(JOB_CHUNKS)
            .where(_chunk(job_id, number), JOB_CHUNKS.c.state != "done")
            .values(state="done", payload=None)
        )
        kinds = [failure.kind for failure in outcome.failures]
        counted = (
            update(JOBS)
            .where(JOBS.c.id == job_id, JOBS.c.active_alias.is_not(None))
            .values(
                chunks_done=JOBS.c.chunks_done + 1,
                products_done=JOBS.c.products_done + outcome.products,
                written=JOBS.c.written + outcome.written,
                encoded=JOBS.c.encoded + outcome.encoded,
                refused=JOBS.c.refused + kinds.count("refused"),
                without_vector=JOBS.c.without_vector + kinds.count("without_vector"),
                refusals=0,
                updated_at=now,
            )
            .returning(*JOB_COLUMNS)
        )
        with self._database.writing() as connection:
            if not connection.execute(done).rowcount:
                return None
            job = connection.execute(counted).first()
            if job is None:
                return None
            insert_failures(connection, job_id, outcome.failures)
            return job_of(job)


def _chunk(job_id: str, number: int) -> ColumnElement[bool]:
    return and_(JOB_CHUNKS.c.job_id == job_id, JOB_CHUNKS.c.number == number)
