"""Running a task: what may be tried again is, what may not fails its job, with its reason."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hybrid_search.errors import (
    DatabaseUnavailableError,
    EngineUnavailableError,
    HybridSearchError,
    QueueUnavailableError,
)
from hybrid_search.jobs.queue import JobQueue, Payload, PayloadValue, TaskName

_logger = logging.getLogger(__name__)

ATTEMPT = "attempt"
"""The key of a payload that says how often it was tried before."""
MAX_ATTEMPTS = 8
MAX_DELAY_S = 60.0
PASSING: tuple[type[HybridSearchError], ...] = (EngineUnavailableError, QueueUnavailableError)
"""Troubles that may be over soon. A database that is away is waited for without an end: nothing
else knows what is left to do."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How a task is done, and what is done when it cannot be.

    Attributes:
        run: does it; at least once, and perhaps again.
        fail: takes its failure down.
        passing: after which errors it is tried again.
        max_attempts: how often; None is without an end.
    """

    run: Callable[[Payload], None]
    fail: Callable[[Payload, BaseException], None]
    passing: tuple[type[HybridSearchError], ...] = PASSING
    max_attempts: int | None = MAX_ATTEMPTS


class Retry(NamedTuple):
    """The next attempt at a task."""

    attempt: int
    delay_s: float


class TaskRunner:
    """Runs tasks by their names; whatever happens, it returns or the queue is away."""

    def __init__(self, queue: JobQueue, handlers: Mapping[TaskName, Handler]) -> None:
        self._queue = queue
        self._handlers = handlers

    def run(self, task: TaskName, payload: Payload) -> None:
        """Run a task; one that has to wait for something is put into the queue again.

        Raises:
            QueueUnavailableError: it has to wait, and the queue cannot be reached.
        """
        attempt = int(payload.get(ATTEMPT, 0))
        order = {name: value for name, value in payload.items() if name != ATTEMPT}
        retry = self._attempt(task, order, attempt)
        if retry is not None:
            again: dict[str, PayloadValue] = {**order, ATTEMPT: retry.attempt}
            self._queue.enqueue(task, again, delay_s=retry.delay_s)

    def _attempt(self, task: TaskName, order: Payload, attempt: int) -> Retry | None:
        handler = self._handlers[task]
        try:
            try:
                handler.run(order)
            except DatabaseUnavailableError:
                raise
            except handler.passing as error:
                if handler.max_attempts is None or attempt < handler.max_attempts:
                    return _later(task, order, attempt, error)
                handler.fail(order, error)
            except HybridSearchError as error:
                handler.fail(order, error)
            except Exception as error:
                _logger.exception("task %s of %s failed", task.value, dict(order))
                handler.fail(order, error)
        except DatabaseUnavailableError as error:
            return _later(task, order, attempt, error)
        return None


def _later(task: TaskName, order: Payload, attempt: int, error: HybridSearchError) -> Retry:
    retry = Retry(attempt + 1, min(2.0 ** min(attempt, MAX_ATTEMPTS), MAX_DELAY_S))
    _logger.warning(
        "task %s of %s is tried again in %.0f s: %s",
        task.value,
        dict(order),
        retry.delay_s,
        error,
    )
    return retry
