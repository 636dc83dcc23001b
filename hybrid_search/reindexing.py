"""One reindex by many workers: begin, write chunks, finish; each step is a task.

A step may be run twice, by two workers at once or after one was killed: the second time it
changes nothing, or the same.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from hybrid_search.building import (
    ENCODE_BATCH,
    TEXT_VECTOR,
    IndexOptions,
    WrittenCatalog,
    abandon,
    complete,
    encoded_writes,
    go_live,
    new_generation,
    seeded,
    verify,
)
from hybrid_search.calibration import ProductSample, calibrate_sample
from hybrid_search.catalog.packed_products import unpack_products
from hybrid_search.encoders.lazy import UNFIT, LazyEncoder
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.engines.port import Generation, ProductWrite, SearchEngine, WriteFailure
from hybrid_search.errors import (
    HybridSearchError,
    IndexMissingError,
    JobError,
)
from hybrid_search.jobs.job import FailureKind, Job, JobFailure
from hybrid_search.jobs.ledger import ChunkLedger, ChunkOutcome, JobLedger, TakenChunk
from hybrid_search.jobs.queue import JobQueue, Payload, TaskName
from hybrid_search.pruning import live_or_none, prune_before
from hybrid_search.ranking.candidate import SignalBounds

_logger = logging.getLogger(__name__)

MAX_REFUSALS = 5
REFUSAL_WAITS_S = (1.0, 2.0, 4.0, 5.0, 5.0)
"""How long a worker that cannot encode stays away from the queue, so that others come first."""
MAX_TAKEN = 10
"""How often a chunk is begun at most: one that kills its workers must not go round for ever."""


class Reindexer:
    """The steps of a job, as workers run them."""

    def __init__(
        self,
        *,
        engine: SearchEngine,
        jobs: JobLedger,
        chunks: ChunkLedger,
        queue: JobQueue,
        encoder: LazyEncoder,
        options: IndexOptions,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._chunks = chunks
        self._queue = queue
        self._encoder = encoder
        self._options = options
        self._clock = clock
        self._sleep = sleep

    def begin(self, job_id: str) -> None:
        """Make the index of a job, and ask for the chunks that wait for it."""
        job = self._jobs.get(job_id)
        if not job.is_active:
            return
        now = self._clock()
        if job.generation is None:
            try:
                encoder = self._encoder.named(job.encoder)
            except UNFIT as error:
                self._refuse(TaskName.BEGIN, {"job_id": job_id}, error)
                return
            if not self._begun(job, encoder, now):
                return
        sent_before = job.started_at or now
        numbers = self._chunks.resend(
            job_id, sent_before=sent_before, begun_before=sent_before, now=now
        )
        for number in numbers:
            self._queue.enqueue(TaskName.WRITE_CHUNK, {"job_id": job_id, "number": number})

    def write_chunk(self, job_id: str, number: int) -> None:
        """Encode and write a chunk, if that is not done yet."""
        chunk = self._chunks.take(job_id, number, now=self._clock())
        if chunk is None:
            return
        if chunk.attempts > MAX_TAKEN:
            msg = (
                f"chunk {number} was begun {MAX_TAKEN} times and never done: it seems to kill its "
                "workers; look at their logs and their memory"
            )
            raise JobError(msg)
        try:
            encoder = self._encoder.made(chunk.fingerprint, chunk.encoder)
        except UNFIT as error:
            self._chunks.release(job_id, number)
            self._refuse(TaskName.WRITE_CHUNK, {"job_id": job_id, "number": number}, error)
            return
        try:
            outcome = self._written(chunk, encoder)
        except HybridSearchError:
            self._chunks.release(job_id, number)
            raise
        job = self._chunks.complete(job_id, number, outcome, now=self._clock())
        if job is not None:
            _logger.info(
                "job %s: chunk %d is written, %d products", job_id, number, outcome.written
            )
            self._finish_if_written(job)

    def finish(self, job_id: str) -> None:
        """Verify the index of a job, and make it live."""
        job = self._jobs.finish(job_id, now=self._clock())
        if job is None or job.generation is None:
            return
        try:
            encoder = self._encoder.made(job.fingerprint, job.encoder)
        except UNFIT as error:
            self._refuse(TaskName.FINISH, {"job_id": job_id}, error)
            return
        generations = {one.name: one for one in self._engine.generations()}
        if job.generation not in generations:
            msg = f"the index {job.generation!r} was dropped while its job was going on"
            raise IndexMissingError(msg)
        generation = generations[job.generation]
        verify(self._engine, generation.name, self._catalog(job, encoder))
        staged = self._jobs.staged_catalog(job_id)
        bounds = self._calibrated(generation, encoder, staged.sample)
        complete(self._engine, generation, attributes=staged.attributes, bounds=bounds)
        go_live(self._engine, generation.name)
        pruned = prune_before(self._engine, generations.get(job.former or ""), self._clock())
        self._jobs.end(
            job_id,
            "done",
            now=self._clock(),
            pruned=pruned.dropped,
            prune_problems=pruned.problems,
        )
        _logger.info("job %s: index %s is live", job_id, generation.name)

    def _begun(self, job: Job, encoder: Encoder | None, now: datetime) -> bool:
        """Make and record the index of a job; False when another worker was first."""
        former = live_or_none(self._engine)
        identity = encoder.identity if encoder else None
        generation = new_generation(
            self._options, identity, estimated_products=job.estimated_products or 0, now=now
        )
        self._engine.create_generation(generation)
        try:
            is_first = self._jobs.begin(
                job.id,
                generation=generation.name,
                former=former.name if former else None,
                fingerprint=identity.fingerprint if identity else None,
                now=now,
            )
        except BaseException as error:
            abandon(self._engine, generation.name, error)
            raise
        if is_first:
            _logger.info("job %s: index %s is made", job.id, generation.name)
        else:
            self._engine.drop(generation.name)
        return is_first

    def _written(self, chunk: TakenChunk, encoder: Encoder | None) -> ChunkOutcome:
        products = unpack_products(chunk.payload)
        encoded = 0
        without_vector: list[WriteFailure] = []

        def writes() -> Iterator[ProductWrite]:
            nonlocal encoded
            for start in range(0, len(products), ENCODE_BATCH):
                batch = products[start : start + ENCODE_BATCH]
                found, failures = encoded_writes(encoder, batch, chunk.revision)
                encoded += sum(bool(write.vectors) for write in found)
                without_vector.extend(failures)
                yield from found

        report = self._engine.write(chunk.generation, writes())
        return ChunkOutcome(
            products=len(products),
            # What is stale was written before, by this task or by an update that came later.
            written=len(products) - len(report.failures),
            encoded=encoded,
            failures=(
                *_failures("refused", report.failures),
                *_failures("without_vector", without_vector),
            ),
        )

    def _finish_if_written(self, job: Job) -> None:
        if job.has_all_chunks_done:
            self._queue.enqueue(TaskName.FINISH, {"job_id": job.id})

    def _catalog(self, job: Job, encoder: Encoder | None) -> WrittenCatalog:
        counts = job.counts
        return WrittenCatalog(
            counts.products,
            counts.written,
            counts.encoded if encoder else None,
            _first(self._jobs.failures(job.id, kind="refused", limit=1)),
            _first(self._jobs.failures(job.id, kind="without_vector", limit=1)),
            counts.changes,
        )

    def _calibrated(
        self, generation: Generation, encoder: Encoder | None, sample: tuple[str, ...]
    ) -> dict[str, SignalBounds]:
        if encoder is None:
            return {}
        products = self._engine.fetch(generation.name, sample)
        vectors = self._engine.fetch_vectors(generation.name, TEXT_VECTOR, sample)
        found = ProductSample(seeded())
        for product_id in sample:
            if product_id in products and product_id in vectors:
                found.add(products[product_id], vectors[product_id][0])
        return calibrate_sample(encoder, found, seeded())

    def _refuse(self, task: TaskName, payload: Payload, error: HybridSearchError) -> None:
        """Leave a task to other workers; when none of them can do it either, its job fails."""
        refusals = self._jobs.refuse(str(payload["job_id"]))
        if refusals is None:
            return
        if refusals.in_a_row > MAX_REFUSALS and not refusals.is_chunk_running:
            error.add_note(f"no worker could do it, {refusals.in_a_row} times in a row")
            raise error
        _logger.warning("this worker leaves %s to others: %s", task.value, error)
        # It waits first: a task that is given back at once would come back at once.
        wait = min(refusals.in_a_row, len(REFUSAL_WAITS_S)) - 1
        self._sleep(REFUSAL_WAITS_S[wait])
        self._queue.enqueue(task, payload)


def _failures(kind: FailureKind, failures: Iterable[WriteFailure]) -> Iterator[JobFailure]:
    return (JobFailure(kind, failure.product_id, failure.reason) for failure in failures)


def _first(failures: Iterable[JobFailure]) -> tuple[WriteFailure, ...]:
    return tuple(WriteFailure(one.product_id or "", one.reason) for one in failures)
