"""What a worker says of its work, on the standard error."""

import logging

FORMAT = "%(asctime)s %(levelname)-7s %(processName)s %(message)s"
QUIET = ("celery.app.trace", "celery.worker.strategy", "elastic_transport")
"""They say a line or two for every task and request; what matters of these is said by ours."""


def log_to_stderr() -> None:
    """Write log lines for people."""
    logging.basicConfig(level=logging.INFO, format=FORMAT)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
