"""Runs one server and ends it, with all its processes and files, when the test run ends.

A program of its own, started by `supervised_process.py`. The test run holds the other end of its
standard input, which the operating system closes however the test run dies; a signal at the
parent's death would be bound to the thread that started the server, and to Linux.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

KILL_SECONDS = 5.0
POLL_SECONDS = 0.2


def main() -> int:
    """Carry out the order in the first line of input; return 1 when a process could not be ended.

    The input is read without a buffer, so that whatever follows the line stays to be seen.
    """
    with os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as test_run:
        order = json.loads(test_run.readline())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    is_ended = True
    try:
        server = start(order)
        try:
            sys.stdout.write(f"{server.pid}\n")
            sys.stdout.flush()
            wait_for_test_run(server)
        finally:
            is_ended = end(server, order["grace_seconds"], order["stop_signal"])
    finally:
        shutil.rmtree(order["folder"], ignore_errors=True)
    return 0 if is_ended else 1


def start(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start the server in a process group of its own, so that its children are known."""
    with Path(order["console"]).open("wb") as console:
        return subprocess.Popen(
            order["command"],
            env=order["environment"],
            cwd=order["working_folder"],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            user=order["user_id"],
            group=order["group_id"],
            extra_groups=None if order["user_id"] is None else [],
            start_new_session=True,
        )


def wait_for_test_run(server: subprocess.Popen[bytes]) -> None:
    """Return when the test run says so or is gone; reap a server that ends by itself."""
    while not select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
        server.poll()


def end(server: subprocess.Popen[bytes], grace_seconds: float, stop_signal: int) -> bool:
    """End the server, politely first; return whether no process of its group is left."""
    if server.poll() is None:
        server.send_signal(stop_signal)
    if is_group_empty_within(server, grace_seconds, signal.SIGTERM):
        return True
    return is_group_empty_within(server, KILL_SECONDS, signal.SIGKILL)


def is_group_empty_within(
    server: subprocess.Popen[bytes], seconds: float, number: signal.Signals
) -> bool:
    """Wait until the last process of the group is gone.

    Children that outlive the server get the signal themselves; while the server lives, it ends
    them in its own way, unless the signal is SIGKILL.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        is_for_group = server.poll() is not None or number == signal.SIGKILL
        if not signal_group(server, number if is_for_group else 0):
            return True
        time.sleep(POLL_SECONDS)
    return False


def signal_group(server: subprocess.Popen[bytes], number: int) -> bool:
    """Send a signal to the group (0 only asks); return whether it has any process."""
    try:
        os.killpg(server.pid, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
