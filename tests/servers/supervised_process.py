"""A server process that cannot outlive the test run."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers.unprivileged_user import UnprivilegedUser

SUPERVISOR = Path(__file__).with_name("supervisor.py")
GRACE_SECONDS = 20.0
STOP_SECONDS = 40
TAIL_LINES = 40


class ServerProcessError(Exception):
    """A server did not start, or did not end."""


class ServerNotReadyError(Exception):
    """A server ended, or took too long to answer; the text ends with its log."""


class SupervisedProcess:
    """A running server with a supervisor that ends it when told, or when the test run dies.

    Attributes:
        folder: what the supervisor removes when the server has ended.
        process_id: of the server; its children are in the process group of the same number.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        working_folder: Path,
        user: UnprivilegedUser | None = None,
        grace_seconds: float = GRACE_SECONDS,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start the server and leave `folder` to its supervisor.

        Args:
            command: the server's launcher and its arguments.
            folder: what belongs to this server alone; removed when it has ended.
            environment: all variables of the server.
            working_folder: where it starts.
            user: whom it runs as, when that is not ourselves.
            grace_seconds: time between `stop_signal` and SIGKILL when it is stopped.
            stop_signal: what ends it politely.

        Raises:
            ServerProcessError: the command cannot be run.
        """
        self.folder = folder
        self._console = folder / "console.log"
        order = {
            "command": list(command),
            "folder": str(folder),
            "console": str(self._console),
            "environment": dict(environment),
            "working_folder": str(working_folder),
            "grace_seconds": grace_seconds,
            "stop_signal": stop_signal,
            "user_id": user.user_id if user else None,
            "group_id": user.group_id if user else None,
        }
        self._supervisor = subprocess.Popen(
            [sys.executable, "-I", str(SUPERVISOR)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.process_id = self._send(order)

    def _send(self, order: Mapping[str, object]) -> int:
        orders, answers = self._supervisor.stdin, self._supervisor.stdout
        if orders is None or answers is None:  # never with pipes; tells the type checker
            raise ServerProcessError("the supervisor has no pipes")
        orders.write(json.dumps(order) + "\n")
        orders.flush()
        process_id = answers.readline().strip()
        if not process_id:
            _, reason = self._supervisor.communicate()
            last_line = reason.strip().rpartition("\n")[2]
            raise ServerProcessError(f"cannot start {order['command']}: {last_line}")
        return int(process_id)

    @property
    def is_running(self) -> bool:
        """Whether the server itself still runs."""
        try:
            os.kill(self.process_id, 0)
        except ProcessLookupError:
            return False
        return self._supervisor.poll() is None

    def console_tail(self) -> str:
        """Return the last lines that the server wrote to its console."""
        try:
            lines = self._console.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return "(no log)"
        return "\n".join(lines[-TAIL_LINES:])

    def stop(self) -> None:
        """End the server and everything it started, and remove its folder; again is harmless.

        Raises:
            ServerProcessError: a process could not be ended.
        """
        if self._supervisor.returncode is not None:
            return
        _, reason = self._supervisor.communicate("stop\n", timeout=STOP_SECONDS)
        if self._supervisor.returncode != 0:
            raise ServerProcessError(
                f"processes of group {self.process_id} are left after SIGKILL; look at them with "
                f"`ps -o pid,args -g {self.process_id}` {reason.strip()}"
            )
