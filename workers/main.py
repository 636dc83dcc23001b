"""Running a worker until a signal ends it."""

import logging
import os
import time

from hybrid_search.bootstrap import open_database, open_engine
from hybrid_search.errors import DatabaseUnavailableError
from hybrid_search.jobs.celery_app import CHUNKS, CONTROL
from hybrid_search.settings import Settings
from workers.app import app
from workers.logs import log_to_stderr

_logger = logging.getLogger(__name__)

DATABASE_WAITS_S = (1.0, 2.0, 5.0, 10.0)
"""How long between looks at a database that is away; the last one again and again."""


def run_worker(settings: Settings, processes: int) -> None:
    """Do tasks until SIGTERM or SIGINT, which let the running ones finish.

    Args:
        settings: of the environment, which the processes read again.
        processes: that work at the same time, each with its own encoder.

    Raises:
        SettingsError: a setting cannot be used.
        DatabaseError: the database is there and cannot be used.
        SystemExit: always, at the end.
    """
    log_to_stderr()
    open_engine(settings).close()
    upgrade_database(settings)
    app.worker_main(
        [
            "--quiet",
            "worker",
            "--loglevel=INFO",
            "--pool=prefork",
            f"--concurrency={processes}",
            f"--queues={CONTROL},{CHUNKS}",
            f"--hostname=worker-{os.getpid()}@%h",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )


def upgrade_database(settings: Settings) -> None:
    """Bring the database to this version, waiting for one that is away.

    Raises:
        DatabaseError: it is there and cannot be used.
    """
    database = open_database(settings)
    waits = iter(DATABASE_WAITS_S)
    wait_s = 0.0
    try:
        while True:
            try:
                database.upgrade()
            except DatabaseUnavailableError as error:
                wait_s = next(waits, wait_s)
                _logger.warning("%s; looked for again in %.0f s", error, wait_s)
                time.sleep(wait_s)
            else:
                return
    finally:
        database.close()
