"""Everything that works on jobs, put together by hand on a real engine and a real database."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import numpy as np

from hybrid_search.building import IndexOptions
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.rejects import Rejects
from hybrid_search.encoders.lazy import LazyEncoder
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.engines.port import ProductDelete, ProductWrite, WriteReport
from hybrid_search.engines.sqlite import SqliteEngine
from hybrid_search.errors import EngineError, EngineReadOnlyError
from hybrid_search.job_control import JobControl
from hybrid_search.job_sources import JobSources
from hybrid_search.jobs.job import Job
from hybrid_search.jobs.queue import JobQueue, Payload, TaskName
from hybrid_search.jobs.task_runner import TaskRunner
from hybrid_search.reindexing import Reindexer
from hybrid_search.staging import Stager
from hybrid_search.store.chunk_ledger import DatabaseChunkLedger
from hybrid_search.store.database import Database
from hybrid_search.store.job_ledger import DatabaseJobLedger
from hybrid_search.store.update_ledger import DatabaseUpdateLedger
from hybrid_search.task_handlers import task_handlers
from hybrid_search.update_writing import UpdateWriter
from hybrid_search.updates import ProductUpdates
from tests.fashion_shop import ALIAS, CATALOG
from tests.word_encoder import WordEncoder

OPTIONS = IndexOptions(ALIAS, "english")
CHUNK = 25
CHUNKS = 3
"""The catalogue of 60 products in chunks of 25."""


class TroubledEngine(SqliteEngine):
    """A real engine that can be told to fail.

    Attributes:
        write_error: what every write raises.
        refused: ids of products that are spoiled on their way, so that the engine refuses them.
    """

    write_error: Exception | None = None
    refused: frozenset[str] = frozenset()
    refuses_to_drop = False
    refuses_to_switch = False

    def write(self, name: str, changes: Iterable[ProductWrite | ProductDelete]) -> WriteReport:
        if self.write_error is not None:
            raise self.write_error
        return super().write(name, map(self._spoiled, changes))

    def drop(self, name: str) -> None:
        if self.refuses_to_drop:
            raise EngineReadOnlyError("it takes no writes")
        super().drop(name)

    def switch(self, name: str) -> None:
        if self.refuses_to_switch:
            raise EngineError("the alias is an index of its own")
        super().switch(name)

    def _spoiled(self, change: ProductWrite | ProductDelete) -> ProductWrite | ProductDelete:
        if isinstance(change, ProductWrite) and change.product.id in self.refused:
            return replace(change, vectors={"nowhere": np.ones((1, 2), dtype=np.float32)})
        return change


class HeldQueue:
    """Keeps tasks until a test runs them, in their order or another one."""

    def __init__(self) -> None:
        self.tasks: deque[tuple[TaskName, Payload]] = deque()
        self.delays: list[float] = []
        self.error: Exception | None = None

    def enqueue(self, task: TaskName, payload: Payload, *, delay_s: float = 0.0) -> None:
        if self.error is not None:
            raise self.error
        self.delays.append(delay_s)
        self.tasks.append((task, dict(payload)))

    def check(self) -> None:
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        pass

    def names(self) -> list[str]:
        return [task.name for task, _ in self.tasks]


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = datetime(2025, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class JobParts:
    """The parts of one process."""

    engine: TroubledEngine
    database: Database
    encoder: LazyEncoder
    queue: HeldQueue = field(default_factory=HeldQueue)
    folder: Path | None = None
    clock: Clock = field(default_factory=Clock)
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.jobs = DatabaseJobLedger(self.database)
        self.chunks = DatabaseChunkLedger(self.database)
        self.update_ledger = DatabaseUpdateLedger(self.database)
        sources = JobSources(self.engine, self.folder)
        self.control = JobControl(
            engine=self.engine,
            jobs=self.jobs,
            chunks=self.chunks,
            queue=self.queue,
            sources=sources,
            alias=ALIAS,
            encoder=self.encoder.setting,
            clock=self.clock,
        )
        self.stager = Stager(
            jobs=self.jobs,
            chunks=self.chunks,
            updates=self.update_ledger,
            queue=self.queue,
            sources=sources,
            clock=self.clock,
            sleep=self.waits.append,
        )
        self.reindexer = Reindexer(
            engine=self.engine,
            jobs=self.jobs,
            chunks=self.chunks,
            queue=self.queue,
            encoder=self.encoder,
            options=OPTIONS,
            clock=self.clock,
            sleep=self.waits.append,
        )
        self.updates = ProductUpdates(
            engine=self.engine,
            jobs=self.jobs,
            updates=self.update_ledger,
            queue=self.queue,
            alias=ALIAS,
            clock=self.clock,
        )
        self.writer = UpdateWriter(
            engine=self.engine,
            jobs=self.jobs,
            updates=self.update_ledger,
            queue=self.queue,
            encoder=self.encoder,
            alias=ALIAS,
        )
        self.runner = runner(self, self.queue)

    def with_encoder(self, encoder: Encoder | None) -> Self:
        """Return the same parts in a process with another encoder."""
        return type(self)(
            self.engine, self.database, ready_encoder(encoder), self.queue, self.folder, self.clock
        )

    def with_folder(self, folder: Path) -> Self:
        """Return the same parts where files of a folder can be asked for."""
        return type(self)(self.engine, self.database, self.encoder, self.queue, folder, self.clock)

    def stage(self, products: Iterable[Product] = CATALOG) -> Job:
        """Start a job and stage its products; no worker has done anything yet."""
        job = self.control.start_staged("catalog.jsonl")
        rejects = self.stager.rejects(job.id, Rejects())
        self.stager.stage(job.id, products, len(CATALOG), rejects)
        return self.jobs.get(job.id)

    def reindex(self, products: Iterable[Product] = CATALOG) -> Job:
        """Start a job, run all of it, and return it at its end."""
        self.stage(products)
        self.run()
        return self.job()

    def run(self, *, until: Callable[[TaskName], bool] = lambda _task: False) -> None:
        """Run the tasks that wait, and those that they ask for, up to one that is to stay."""
        while self.queue.tasks and not until(self.queue.tasks[0][0]):
            self.runner.run(*self.queue.tasks.popleft())

    def job(self) -> Job:
        """Return the newest job."""
        return self.jobs.recent(1)[0]


@contextmanager
def opened_parts(folder: Path) -> Iterator[JobParts]:
    """Give parts whose files lie in a folder, with an encoder of text."""
    engine = TroubledEngine(folder / "engine.db", alias=ALIAS)
    with closing(engine), closing(Database(f"sqlite:///{folder}/state.db")) as database:
        database.upgrade()
        yield JobParts(engine, database, ready_encoder(WordEncoder()))


def runner(parts: JobParts, queue: JobQueue) -> TaskRunner:
    return TaskRunner(
        queue,
        task_handlers(
            control=parts.control,
            stager=parts.stager,
            reindexer=parts.reindexer,
            updates=parts.updates,
            writer=parts.writer,
        ),
    )


def ready_encoder(encoder: Encoder | None) -> LazyEncoder:
    """Return the encoder as parts take it."""
    return LazyEncoder(encoder.identity.name if encoder else None, lambda: encoder)


def counts_of(job: Job) -> Mapping[str, int]:
    """Return the counts of a job that are not 0."""
    names = job.counts.__dataclass_fields__
    found = {name: getattr(job.counts, name) for name in names}
    return {name: number for name, number in found.items() if number}
