"""Tasks in this process, one after the other in a thread of their own."""

import heapq
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hybrid_search.errors import QueueUnavailableError
from hybrid_search.jobs.queue import Payload, TaskName

_logger = logging.getLogger(__name__)

Run = Callable[[TaskName, Payload], None]


@dataclass(order=True, slots=True)
class _Waiting:
    due: float
    number: int
    task: TaskName = field(compare=False)
    payload: Payload = field(compare=False)


class InlineQueue:
    """Runs tasks where they were asked for; what was not done is forgotten with the process.

    The thread is started by the first task, so that a process may fork before.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._asked = 0
        self._is_busy = False
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._run: Run | None = None

    def serve(self, run: Run) -> None:
        """Run tasks by this function from now on."""
        self._run = run

    def enqueue(self, task: TaskName, payload: Payload, *, delay_s: float = 0.0) -> None:
        """Ask for a task; it runs when those before it are done."""
        with self._changed:
            if self._is_closed:
                msg = f"task {task.value!r} comes too late: this process is ending"
                raise QueueUnavailableError(msg)
            self._asked += 1
            due = time.monotonic() + delay_s if delay_s else 0.0
            heapq.heappush(self._waiting, _Waiting(due, self._asked, task, dict(payload)))
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="tasks", daemon=True)
                self._thread.start()

    def check(self) -> None:
        """Do nothing: this queue is always there."""

    def wait(self) -> None:
        """Return when nothing is left to do, also of what waits for its time."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._is_busy)

    def close(self) -> None:
        """Return when the running task is done; those that wait are dropped."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _work(self) -> None:
        while (waiting := self._next()) is not None:
            try:
                if self._run is not None:
                    self._run(waiting.task, waiting.payload)
            except Exception:
                _logger.exception("task %s failed", waiting.task.value)
            with self._changed:
                self._is_busy = False
                self._changed.notify_all()

    def _next(self) -> _Waiting | None:
        with self._changed:
            while not self._is_closed:
                now = time.monotonic()
                if self._waiting and self._waiting[0].due <= now:
                    self._is_busy = True
                    return heapq.heappop(self._waiting)
                self._changed.wait(self._waiting[0].due - now if self._waiting else None)
            return None
