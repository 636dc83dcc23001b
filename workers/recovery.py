"""Finding what a broker has lost: asked for with every new connection to it, and now and then."""

import logging
from datetime import UTC, datetime
from typing import Any

from celery import bootsteps

from hybrid_search.errors import QueueUnavailableError
from hybrid_search.job_bootstrap import open_worker_queue
from hybrid_search.jobs.queue import TaskName

_logger = logging.getLogger(__name__)

EVERY_S = 300.0


class Recovery(bootsteps.StartStopStep):  # type: ignore[misc] # celery has no types
    """A step of the consumer, which begins anew with each connection."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        self._timer: Any = None
        super().__init__(consumer)

    def start(self, consumer: Any) -> None:
        """Ask for a look at what is lost, at once and from now on."""
        self._timer = consumer.timer.call_repeatedly(EVERY_S, ask_for_recovery, (consumer.app,))
        ask_for_recovery(consumer.app)

    def stop(self, consumer: Any) -> None:
        """Ask no more."""
        del consumer
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def ask_for_recovery(app: Any) -> None:
    """Send the task behind all that the broker still has."""
    try:
        now = datetime.now(UTC).isoformat()
        open_worker_queue(app).enqueue(TaskName.RECOVER, {"sent_before": now})
    except QueueUnavailableError as error:
        _logger.warning("cannot look for lost tasks now: %s", error)
