"""Reading a catalogue into chunks that workers can write, each by itself."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hybrid_search.building import add_attribute_names, seeded
from hybrid_search.calibration import SAMPLE_PRODUCTS
from hybrid_search.catalog.packed_products import packed_batches
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.rejects import Reject, Rejects
from hybrid_search.errors import JobError, QueueUnavailableError, VerificationError
from hybrid_search.job_sources import JobSources
from hybrid_search.jobs.job import JobFailure, StagedCatalog
from hybrid_search.jobs.ledger import ChunkLedger, JobLedger
from hybrid_search.jobs.queue import JobQueue, Payload, TaskName
from hybrid_search.jobs.update_ledger import UpdateLedger
from hybrid_search.reservoir import Reservoir

_logger = logging.getLogger(__name__)

CHUNK_PRODUCTS = 500
CHUNK_BYTES = 8 * 2**20
NOTED_REJECTS = 500
"""Bad lines that are noted in the ledger at once."""
QUEUE_WAITS_S = (1.0, 2.0, 4.0, 8.0, 16.0)
"""How long a reader of a source waits for a broker that is away."""
UPDATES_DELAY_S = 1.0
"""How soon a job looks again whether the updates before it are written."""

Clock = Callable[[], datetime]


class JobRejects(Rejects):
    """Notes bad lines in the ledger of a job, and hands them on."""

    def __init__(self, jobs: JobLedger, job_id: str, other: Rejects, clock: Clock) -> None:
        super().__init__()
        self._jobs = jobs
        self._job_id = job_id
        self._other = other
        self._clock = clock
        self._waiting: list[JobFailure] = []

    def add(self, reject: Reject) -> None:
        """Take note of a bad line."""
        super().add(reject)
        self._other.add(reject)
        self._waiting.append(JobFailure("rejected", reject.product_id, reject.reason, reject.line))
        if len(self._waiting) >= NOTED_REJECTS:
            self.flush()

    def flush(self) -> None:
        """Write down what was not written yet."""
        if self._waiting:
            self._jobs.add_failures(self._job_id, self._waiting, now=self._clock())
            self._waiting.clear()


@dataclass(slots=True)
class _Learned:
    """What is learned about the catalogue while it streams by."""

    products: int = 0
    attributes: set[str] = field(default_factory=set)
    sample: Reservoir[str] = field(default_factory=lambda: Reservoir(seeded(), SAMPLE_PRODUCTS))

    def add(self, products: Iterable[Product]) -> None:
        add_attribute_names(self.attributes, products)
        for product in products:
            self.products += 1
            self.sample.add(product.id)

    @property
    def catalog(self) -> StagedCatalog:
        return StagedCatalog(tuple(sorted(self.attributes)), tuple(self.sample.kept))


class Stager:
    """Puts the products of jobs into the ledger, and asks workers to write them meanwhile."""

    def __init__(
        self,
        *,
        jobs: JobLedger,
        chunks: ChunkLedger,
        updates: UpdateLedger,
        queue: JobQueue,
        sources: JobSources,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._jobs = jobs
        self._chunks = chunks
        self._updates = updates
        self._queue = queue
        self._sources = sources
        self._clock = clock
        self._sleep = sleep

    def stage_source(self, job_id: str) -> None:
        """Read the source of a job, if nobody does yet."""
        job = self._jobs.get(job_id)
        if job.source.kind == "live" and self._updates.has_older(job.alias, job.revision):
            # What the job reads must have them: it writes with a later revision than theirs.
            self._queue.enqueue(TaskName.STAGE, {"job_id": job_id}, delay_s=UPDATES_DELAY_S)
            return
        if self._jobs.claim(job_id, now=self._clock()) is None:
            return
        rejects = self.rejects(job_id, Rejects())
        source = self._sources.open(job.source, rejects)
        self.stage(job_id, source.products, source.estimated_products, rejects)

    def rejects(self, job_id: str, other: Rejects) -> JobRejects:
        """Return what notes bad lines of a source in the ledger and hands them on to another."""
        return JobRejects(self._jobs, job_id, other, self._clock)

    def stage(
        self, job_id: str, products: Iterable[Product], estimated_products: int, rejects: JobRejects
    ) -> None:
        """Cut a stream into chunks in the ledger; workers may write them from the first one on.

        Args:
            job_id: of a job whose source the caller reads.
            products: memory does not grow with their number.
            estimated_products: chooses exact or approximate vector search.
            rejects: took note of the bad lines of this stream.

        Raises:
            VerificationError: there is no product.
            JobError: the job came to its end meanwhile.
            QueueUnavailableError: the queue was away for too long.
        """
        self._jobs.estimate(job_id, estimated_products)
        self._ask(TaskName.BEGIN, {"job_id": job_id})
        learned = _Learned()
        try:
            batches = packed_batches(products, max_products=CHUNK_PRODUCTS, max_bytes=CHUNK_BYTES)
            for batch, payload in batches:
                learned.add(batch)
                self._add(job_id, payload, len(batch))
        finally:
            rejects.flush()
        if not learned.products:
            msg = "the catalogue has no product, so the live index stays as it is"
            raise VerificationError(msg)
        job = self._jobs.staged(job_id, learned.catalog, now=self._clock())
        if job is None:
            raise self._ended(job_id)
        if job.has_all_chunks_done:
            self._ask(TaskName.FINISH, {"job_id": job_id})

    def _add(self, job_id: str, payload: bytes, products: int) -> None:
        placed = self._chunks.add(job_id, payload, products, now=self._clock())
        if placed is None:
            raise self._ended(job_id)
        if placed.is_ready:
            self._ask(TaskName.WRITE_CHUNK, {"job_id": job_id, "number": placed.number})

    def _ask(self, task: TaskName, payload: Payload) -> None:
        """Ask for a task, and wait for a broker that is being restarted."""
        for wait_s in QUEUE_WAITS_S:
            try:
                self._queue.enqueue(task, payload)
            except QueueUnavailableError as error:
                _logger.warning("%s; tried again in %.0f s", error, wait_s)
                self._sleep(wait_s)
            else:
                return
        self._queue.enqueue(task, payload)

    def _ended(self, job_id: str) -> JobError:
        job = self._jobs.get(job_id)
        return JobError(f"job {job.id} was {job.state} meanwhile: {job.error}")
