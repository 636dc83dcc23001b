"""Tasks sent to Celery workers by their names."""

from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery
from kombu.exceptions import OperationalError

from hybrid_search.errors import QueueUnavailableError
from hybrid_search.jobs.celery_app import QUEUES, shown_address
from hybrid_search.jobs.queue import Payload, TaskName

RETRIES = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.2, "interval_max": 0.5}


class CeleryQueue:
    """Sends tasks over the broker of an application; it says nothing of what became of them."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._shown = shown_address(str(app.conf.broker_url))

    def enqueue(self, task: TaskName, payload: Payload, *, delay_s: float = 0.0) -> None:
        """Send a task, trying more than once for a few seconds."""
        with self._named_failures():
            self._app.send_task(
                task.value,
                kwargs=dict(payload),
                queue=QUEUES[task],
                countdown=delay_s or None,
                retry=True,
                retry_policy=RETRIES,
                ignore_result=True,
            )

    def check(self) -> None:
        """Raise when the broker cannot be reached."""
        with self._named_failures(), self._app.connection_for_write() as connection:
            connection.ensure_connection(timeout=1)

    def close(self) -> None:
        """Release connections."""
        self._app.close()

    @contextmanager
    def _named_failures(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, OSError) as error:
            msg = (
                f"the queue at {self._shown!r} cannot be reached: {error}; is Redis running, and "
                "is HYBRID_SEARCH_BROKER_URL right?"
            )
            raise QueueUnavailableError(msg) from error
