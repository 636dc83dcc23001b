"""A command of ours that answers HTTP, as a process of its own."""

import http.client
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.supervised_process import SupervisedProcess
from tests.servers.unprivileged_user import make_server_folder

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 60
LISTENING = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")


class RunningService:
    """A process and the port that it says it listens on."""

    def __init__(self, process: SupervisedProcess) -> None:
        self.process = process

    @property
    def console(self) -> str:
        return (self.process.folder / "console.log").read_text(encoding="utf-8")

    @property
    def port(self) -> int:
        return int(self.wait_for(LISTENING)[1])

    def wait_for(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Return where the pattern is on the console, which ends with the process."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (match := pattern.search(self.console)) is None:
            assert time.monotonic() < deadline, self.console
            assert self.process.is_running, self.console
            time.sleep(0.02)
        return match

    def connect(self, port: int | None = None) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=WAIT_SECONDS)

    def ask(self, path: str, port: int | None = None) -> tuple[int, bytes]:
        """Return status and body of a GET request on a connection of its own."""
        connection = self.connect(port)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def get(self, path: str) -> bytes:
        status, body = self.ask(path)
        assert status == 200, body
        return body

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process.process_id, number)

    def wait_until_ended(self) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while self.process.is_running:
            assert time.monotonic() < deadline, self.console
            time.sleep(0.02)


@contextmanager
def running_service(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[RunningService]:
    """Run Python with these arguments; whatever is left of it ends with this."""
    folder = make_server_folder("hybrid_search-service-")
    process = SupervisedProcess(
        [sys.executable, *arguments],
        folder=folder,
        environment={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            # What a killed process leaves goes with the folder.
            "TMPDIR": str(folder),
            **(environment or {}),
        },
        working_folder=ROOT,
    )
    try:
        yield RunningService(process)
    finally:
        process.stop()
