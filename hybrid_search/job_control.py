"""Starting jobs, ending them, and finding what a broker has lost."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from hybrid_search.building import abandon, stamp
from hybrid_search.engines.port import SearchEngine
from hybrid_search.errors import HybridSearchError, JobError, JobRunningError
from hybrid_search.job_sources import JobSources
from hybrid_search.jobs.job import EndState, Job, JobOrder, JobSource
from hybrid_search.jobs.ledger import ChunkLedger, JobLedger
from hybrid_search.jobs.queue import JobQueue, PayloadValue, TaskName

_logger = logging.getLogger(__name__)

UNREAD_AFTER = timedelta(minutes=10)
"""When a source of which nothing more was read has lost its reader: the process was killed."""


class JobControl:
    """The jobs of one alias, as those see them who ask for them."""

    def __init__(
        self,
        *,
        engine: SearchEngine,
        jobs: JobLedger,
        chunks: ChunkLedger,
        queue: JobQueue,
        sources: JobSources,
        alias: str,
        encoder: str | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Put the parts together.

        Args:
            engine: what indexes of failed jobs are dropped from.
            jobs: the ledger.
            chunks: the ledger.
            queue: where tasks are asked for.
            sources: what workers can read.
            alias: of the index.
            encoder: of text, as settings call it; jobs are for workers that have it.
            clock: tells the time.
        """
        self._engine = engine
        self._jobs = jobs
        self._chunks = chunks
        self._queue = queue
        self._sources = sources
        self._alias = alias
        self._encoder = encoder
        self._clock = clock

    def start(self, source: JobSource) -> Job:
        """Start a job whose source a worker reads, and return it.

        Raises:
            JobRunningError: the alias has a job that is not at its end.
            QueueUnavailableError: no worker can be asked.
            CatalogError: the file cannot be asked for.
            IndexMissingError: there is no live index to read.
        """
        self._sources.check(source)
        job = self._new_job(source, is_read_by_caller=False)
        try:
            self._queue.enqueue(TaskName.STAGE, {"job_id": job.id})
        except HybridSearchError as error:
            self.fail(job.id, error)
            raise
        return job

    def start_staged(self, file: str) -> Job:
        """Start a job for a caller who reads the file and stages its products.

        Raises:
            JobRunningError: the alias has a job that is not at its end.
            QueueUnavailableError: no worker can be asked.
        """
        return self._new_job(JobSource("staged", file), is_read_by_caller=True)

    def fail(self, job_id: str, error: BaseException) -> None:
        """End a job that cannot go on, and drop its unfinished index; the live one stays."""
        state: EndState = "cancelled" if isinstance(error, KeyboardInterrupt) else "failed"
        code = error.code if isinstance(error, HybridSearchError) else "internal_error"
        self._end(job_id, state, code, _text(error))

    def cancel(self, job_id: str) -> Job:
        """End a job because somebody wants it, and return it; one at its end stays as it is.

        Raises:
            JobNotFoundError: there is none of that id.
        """
        self._jobs.get(job_id)
        self._end(job_id, "cancelled", None, "it was cancelled")
        return self._jobs.get(job_id)

    def recover(self, sent_before: datetime) -> None:
        """Ask again for all tasks of the job that were sent before and that nobody has taken.

        The call is asked for through the queue, behind these tasks, so what still waits when it
        comes has been lost, with a broker that was restarted.
        """
        job = self._jobs.active(self._alias)
        if job is None:
            return
        if job.state == "queued" and job.created_at < sent_before:
            self._ask_again(TaskName.STAGE, job)
        elif job.generation is None and job.updated_at < sent_before:
            self._ask_again(TaskName.BEGIN, job)
        elif job.has_all_chunks_done and job.updated_at < sent_before:
            self._ask_again(TaskName.FINISH, job)
        if job.generation is not None:
            now = self._clock()
            for number in self._chunks.resend(job.id, sent_before=sent_before, now=now):
                self._ask_again(TaskName.WRITE_CHUNK, job, {"number": number})

    def _ask_again(
        self, task: TaskName, job: Job, further: Mapping[str, PayloadValue] | None = None
    ) -> None:
        _logger.warning("job %s: %s %s was lost and is sent again", job.id, task.value, further)
        self._queue.enqueue(task, {"job_id": job.id, **(further or {})})

    def _new_job(self, source: JobSource, *, is_read_by_caller: bool) -> Job:
        self._queue.check()
        now = self._clock()
        order = JobOrder(stamp(now), self._alias, source, self._encoder)
        try:
            return self._jobs.start(order, is_read_by_caller=is_read_by_caller, now=now)
        except JobRunningError as error:
            running = self._jobs.get(error.job_id)
            if running.state != "staging" or now - running.updated_at < UNREAD_AFTER:
                raise
        unread = f"nobody has read {running.source} for {UNREAD_AFTER}; its reader was killed"
        self.fail(running.id, JobError(unread))
        return self._jobs.start(order, is_read_by_caller=is_read_by_caller, now=now)

    def _end(self, job_id: str, state: EndState, code: str | None, error: str) -> None:
        job = self._jobs.end(job_id, state, now=self._clock(), error_code=code, error=error)
        if job is None:
            return
        _logger.warning("job %s %s: %s", job.id, state, error)
        problem = JobError(error)
        try:
            found = {one.name: one for one in self._engine.generations()}
            building = found.get(job.generation or "")
            if building is not None and not building.is_complete:
                abandon(self._engine, building.name, problem)
        except HybridSearchError as also:
            problem.add_note(f"the unfinished index {job.generation!r} may be left: {also}")
        for note in getattr(problem, "__notes__", ()):
            self._jobs.annotate(job.id, note)


def _text(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "it was interrupted while its file was being read"
    text = (
        str(error) if isinstance(error, HybridSearchError) else f"{type(error).__name__}: {error}"
    )
    return "; ".join([text, *getattr(error, "__notes__", ())])
