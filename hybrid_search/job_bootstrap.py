"""Puts together what works on jobs: in a command, in the API and in a worker alike."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid_search.bootstrap import index_options, open_encoder
from hybrid_search.encoders.lazy import LazyEncoder
from hybrid_search.engines.port import SearchEngine
from hybrid_search.errors import SettingsError
from hybrid_search.job_control import JobControl
from hybrid_search.job_sources import JobSources
from hybrid_search.jobs.inline_queue import InlineQueue
from hybrid_search.jobs.ledger import JobLedger
from hybrid_search.jobs.queue import JobQueue
from hybrid_search.jobs.task_runner import TaskRunner
from hybrid_search.reindexing import Reindexer
from hybrid_search.settings import Settings
from hybrid_search.staging import Stager
from hybrid_search.task_handlers import task_handlers
from hybrid_search.update_writing import UpdateWriter
from hybrid_search.updates import ProductUpdates

if TYPE_CHECKING:
    from celery import Celery

    from hybrid_search.store.database import Database

WORKER_ANSWER_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class JobServices:
    """What works on jobs.

    Attributes:
        ledger: where jobs are looked up.
        control: starts and cancels them.
        stager: reads their sources.
        updates: takes changes of single products.
        runner: does the tasks, in a worker.
        queue: where tasks are asked for.
        encoder: of this process; not loaded yet.
    """

    ledger: JobLedger
    control: JobControl
    stager: Stager
    updates: ProductUpdates
    runner: TaskRunner
    queue: JobQueue
    encoder: LazyEncoder

    def close(self) -> None:
        """Finish the running task where tasks run in this process, and release connections."""
        self.queue.close()


def open_job_queue(settings: Settings) -> JobQueue:
    """Return the queue that the settings name: a broker, or this process.

    Raises:
        SettingsError: the URL of the broker is none of a Redis.
    """
    if settings.broker_url is None:
        return InlineQueue()
    from hybrid_search.jobs.celery_app import celery_app  # noqa: PLC0415 - takes long
    from hybrid_search.jobs.celery_queue import CeleryQueue  # noqa: PLC0415 - as above

    return CeleryQueue(celery_app(settings.broker_url, settings.index_alias))


def open_worker_app(settings: Settings) -> "Celery":
    """Return the Celery application that workers run.

    Raises:
        SettingsError: no broker is set, or its URL is none of a Redis.
    """
    if settings.broker_url is None:
        msg = (
            "a worker needs a broker: set HYBRID_SEARCH_BROKER_URL, such as "
            "'redis://localhost:6379/0'; without one, tasks run where they are asked for"
        )
        raise SettingsError(msg)
    from hybrid_search.jobs.celery_app import celery_app  # noqa: PLC0415 - takes long

    return celery_app(
        settings.broker_url, settings.index_alias, answer_timeout_s=WORKER_ANSWER_TIMEOUT_S
    )


def open_worker_queue(app: "Celery") -> JobQueue:
    """Return the queue by which a worker asks for further tasks."""
    from hybrid_search.jobs.celery_queue import CeleryQueue  # noqa: PLC0415 - takes long

    return CeleryQueue(app)


def open_job_services(
    settings: Settings,
    engine: SearchEngine,
    database: "Database",
    queue: JobQueue,
    *,
    encoder: LazyEncoder | None = None,
) -> JobServices:
    """Return what works on jobs; nothing is sent or loaded yet.

    Args:
        settings: choose the rest.
        engine: where products are.
        database: with its tables at this version.
        queue: a queue of this process runs its tasks with these services.
        encoder: one that this process has already; else it is loaded when it is needed.
    """
    from hybrid_search.store.chunk_ledger import (  # noqa: PLC0415 - takes long
        DatabaseChunkLedger,
    )
    from hybrid_search.store.job_ledger import DatabaseJobLedger  # noqa: PLC0415 - as above
    from hybrid_search.store.update_ledger import (  # noqa: PLC0415 - as above
        DatabaseUpdateLedger,
    )

    alias = settings.index_alias
    encoder = encoder or LazyEncoder(settings.text_encoder, lambda: open_encoder(settings))
    jobs, chunks = DatabaseJobLedger(database), DatabaseChunkLedger(database)
    updates = DatabaseUpdateLedger(database)
    sources = JobSources(engine, settings.catalog_folder)
    control = JobControl(
        engine=engine,
        jobs=jobs,
        chunks=chunks,
        queue=queue,
        sources=sources,
        alias=alias,
        encoder=encoder.setting,
    )
    stager = Stager(jobs=jobs, chunks=chunks, updates=updates, queue=queue, sources=sources)
    reindexer = Reindexer(
        engine=engine,
        jobs=jobs,
        chunks=chunks,
        queue=queue,
        encoder=encoder,
        options=index_options(settings),
    )
    product_updates = ProductUpdates(
        engine=engine, jobs=jobs, updates=updates, queue=queue, alias=alias
    )
    writer = UpdateWriter(
        engine=engine, jobs=jobs, updates=updates, queue=queue, encoder=encoder, alias=alias
    )
    handlers = task_handlers(
        control=control,
        stager=stager,
        reindexer=reindexer,
        updates=product_updates,
        writer=writer,
    )
    runner = TaskRunner(queue, handlers)
    if isinstance(queue, InlineQueue):
        queue.serve(runner.run)
    return JobServices(jobs, control, stager, product_updates, runner, queue, encoder)
