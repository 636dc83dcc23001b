"""Writing the query log while requests are answered; none of them waits for it."""

import atexit
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from time import monotonic

from hybrid_search.errors import DatabaseUnavailableError
from hybrid_search.store.forking import when_forked
from hybrid_search.store.query_log import QueryLog, QueryLogEntry

MAX_WAITING = 10_000
BATCH = 500
INTERVAL_S = 1.0
PRUNE_INTERVAL_S = 3600.0
CLOSE_S = 15.0

_logger = logging.getLogger(__name__)


class QueryLogWriter:
    """Takes entries from all threads of a process and writes them from a thread of its own.

    The thread starts with the first entry, so that a process may fork before. While the database
    is away entries wait; what finds no more room is dropped and counted.
    """

    def __init__(
        self,
        log: QueryLog,
        *,
        retention_days: int,
        clock: Callable[[], datetime],
        max_waiting: int = MAX_WAITING,
        interval_s: float = INTERVAL_S,
    ) -> None:
        """Start nothing yet.

        Args:
            log: where entries go.
            retention_days: older ones are deleted, once an hour; with 0 none are kept.
            clock: returns now with its time zone.
            max_waiting: entries that wait for the database at most, beside a batch.
            interval_s: entries are gathered for this long and written together.
        """
        self._log = log
        self._retention_days = retention_days
        self._clock = clock
        self._max_waiting = max_waiting
        self._interval_s = interval_s
        self._prune_at = 0.0
        self._is_failing = False
        self._begin_anew()
        when_forked(self._begin_anew)

    @property
    def dropped(self) -> int:
        """How many entries this process could not keep."""
        return self._dropped

    def add(self, entry: QueryLogEntry) -> None:
        """Take an entry; never waits and never raises."""
        if self._retention_days:
            if self._closing.is_set() or self._waiting.qsize() >= self._max_waiting:
                self._drop(1)
            else:
                self._waiting.put(entry)
        if self._thread is None:
            self._start()

    def close(self) -> None:
        """Write what waits, as far as the database takes it, and end the thread."""
        self._closing.set()
        atexit.unregister(self.close)
        if self._thread is not None:
            self._thread.join(CLOSE_S)

    def _begin_anew(self) -> None:
        """Be as new; what waits in a forked process is its parent's to write."""
        self._waiting: SimpleQueue[QueryLogEntry] = SimpleQueue()
        self._batch: list[QueryLogEntry] = []
        self._dropped = 0
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None or self._closing.is_set():
                return
            thread = threading.Thread(target=self._run, name="query-log", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads for now; the next entry tries again
                return
            self._thread = thread
            atexit.register(self.close)

    def _run(self) -> None:
        while not self._closing.wait(self._interval_s):
            self._try(self._write_waiting)
            if monotonic() >= self._prune_at:
                self._try(self._prune)
        self._try(self._write_waiting)
        self._drop(self._waiting.qsize() + len(self._batch))

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except DatabaseUnavailableError as error:
            if not self._is_failing:
                _logger.warning("the query log waits: %s", error)
            self._is_failing = True
        except Exception:
            _logger.exception("the query log goes on after an error")
        else:
            self._is_failing = False

    def _write_waiting(self) -> None:
        while self._fill_batch():
            try:
                self._log.insert(self._batch)
            except DatabaseUnavailableError:
                raise
            except Exception:
                _logger.exception("the query log writes one by one, and drops what is refused")
                self._write_singly()
            self._batch = []

    def _write_singly(self) -> None:
        while self._batch:
            try:
                self._log.insert(self._batch[:1])
            except DatabaseUnavailableError:
                raise
            except Exception:  # noqa: BLE001 - the same as for the batch, where it was logged
                self._drop(1)
            self._batch = self._batch[1:]

    def _fill_batch(self) -> bool:
        """Take what waits, beside what could not be written before; False when there is nothing."""
        with suppress(Empty):
            while len(self._batch) < BATCH:
                self._batch.append(self._waiting.get_nowait())
        return bool(self._batch)

    def _prune(self) -> None:
        self._log.prune(self._clock() - timedelta(days=self._retention_days))
        self._prune_at = monotonic() + PRUNE_INTERVAL_S

    def _drop(self, count: int) -> None:
        with self._lock:
            self._dropped += count
