"""A worker as a process of its own, started by `hybrid-search worker`."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.servers.supervised_process import SupervisedProcess
from tests.servers.unprivileged_user import make_server_folder
from tests.servers.waiting import wait_until_ready

ROOT = Path(__file__).parents[2]
PREFIX = "HYBRID_SEARCH_"
READY = " ready."
END_SECONDS = 60


class WorkerProcess:
    """A running worker; its log is what it wrote so far."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Start it, with settings given without their prefix."""
        folder = make_server_folder("hybrid_search-worker-")
        self._console = folder / "console.log"
        self.process = SupervisedProcess(
            [sys.executable, "-P", "-m", "hybrid_search.cli", "worker"],
            folder=folder,
            environment={
                "PATH": os.defpath,
                "HOME": str(folder),
                **{f"{PREFIX}{name}": value for name, value in variables.items()},
            },
            working_folder=folder,
        )

    @property
    def log(self) -> str:
        return self._console.read_text(encoding="utf-8", errors="replace")

    def wait_until_ready(self) -> None:
        wait_until_ready(self.process, lambda: READY in self.log)

    def wait_for(self, text: str, seconds: float = END_SECONDS) -> None:
        """Return when the log has a text."""
        deadline = time.monotonic() + seconds
        while text not in self.log:
            assert self.process.is_running, self.log
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.log}"
            time.sleep(0.05)

    def chunks(self) -> list[int]:
        """Return the numbers of the chunks that it wrote, in its order."""
        return [int(number) for number in re.findall(r"chunk (\d+) is written", self.log)]

    def children(self) -> list[int]:
        """Return the process ids of the processes that do its work."""
        listed = Path(f"/proc/{self.process.process_id}/task/{self.process.process_id}/children")
        return [int(child) for child in listed.read_text().split()]

    def terminate(self) -> str:
        """Send SIGTERM, wait for the end, and return the whole log."""
        os.kill(self.process.process_id, signal.SIGTERM)
        log, deadline = self.log, time.monotonic() + END_SECONDS
        while self.process.is_running:
            assert time.monotonic() < deadline, self.log
            log = self.log if self._console.exists() else log
            time.sleep(0.02)
        return log


@contextmanager
def running_worker(
    variables: Mapping[str, str], *, is_waited_for: bool = True
) -> Iterator[WorkerProcess]:
    """Give a worker that is ready, and end it."""
    worker = WorkerProcess(variables)
    try:
        if is_waited_for:
            worker.wait_until_ready()
        yield worker
    finally:
        worker.process.stop()
