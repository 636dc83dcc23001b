"""Waiting until a server answers."""

import time
from collections.abc import Callable

from tests.servers.supervised_process import ServerNotReadyError, SupervisedProcess

START_SECONDS = 60
POLL_SECONDS = 0.05


def wait_until_ready(process: SupervisedProcess, is_ready: Callable[[], bool]) -> None:
    """Return when `is_ready` says so.

    Raises:
        ServerNotReadyError: the process ended, or is not ready after 60 seconds.
    """
    deadline = time.monotonic() + START_SECONDS
    while process.is_running:
        if is_ready():
            return
        if time.monotonic() > deadline:
            raise ServerNotReadyError(
                f"no answer within {START_SECONDS} seconds; end of the log:\n"
                f"{process.console_tail()}"
            )
        time.sleep(POLL_SECONDS)
    raise ServerNotReadyError(f"ended while starting; end of its log:\n{process.console_tail()}")
