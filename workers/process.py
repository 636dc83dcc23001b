"""What a process of a worker has: opened once, after it was forked."""

import logging
import time
from functools import cache

from celery.exceptions import Reject

from hybrid_search.bootstrap import open_database, open_engine
from hybrid_search.errors import HybridSearchError, QueueUnavailableError
from hybrid_search.job_bootstrap import JobServices, open_job_services, open_worker_queue
from hybrid_search.jobs.queue import Payload, TaskName
from workers.app import SETTINGS, app

_logger = logging.getLogger(__name__)


def run(task: TaskName, payload: Payload) -> None:
    """Run a task with the services of this process.

    Raises:
        Reject: it has to wait and the broker is away, which then keeps the message.
    """
    try:
        services().runner.run(task, payload)
    except QueueUnavailableError as error:
        raise Reject(error, requeue=True) from error


def warm_up() -> None:
    """Load the encoder before the first task, or say what is wrong with it."""
    encoder = services().encoder
    started = time.monotonic()
    try:
        loaded = encoder.get()
    except HybridSearchError as error:
        _logger.error("this worker cannot encode: %s", error)
        return
    name = loaded.identity.name if loaded else None
    _logger.info("encoder %s is loaded, in %.1f s", name, time.monotonic() - started)


@cache
def services() -> JobServices:
    """Return the services of this process."""
    engine = open_engine(SETTINGS)
    return open_job_services(SETTINGS, engine, open_database(SETTINGS), open_worker_queue(app))
