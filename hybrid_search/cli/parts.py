"""Programs that run together: started one after the other, watched, and stopped all at once."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from hybrid_search.errors import PartError

POLL_SECONDS = 0.1
LAST_LINES = 3
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

ShowLine = Callable[[str, str], None]
"""Called with the name of a part and a line that it wrote, from several threads."""


def _at_once() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Part:
    """One program of several.

    Attributes:
        name: as messages and lines call it.
        command: the program and its arguments.
        environment: variables, besides our own.
        is_ready: whether the next part can be started.
        ready_seconds: how long that may take.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    is_ready: Callable[[], bool] = _at_once
    ready_seconds: float = 60.0


def run_parts(
    parts: Sequence[Part],
    show: ShowLine,
    when_ready: Callable[[], None],
    *,
    grace_seconds: float = 30.0,
) -> None:
    """Run programs until a signal comes; they end in the opposite order of their start.

    Args:
        parts: each is started when the one before it is ready.
        show: gets every line that they write.
        when_ready: called when the last one is ready.
        grace_seconds: time between SIGTERM and SIGKILL for each; a second signal of ours skips it.

    Raises:
        PartError: one could not be started, ended by itself, or was not ready in time; the others
            were stopped.
    """
    with _signals() as asked_to_stop:
        running: list[_RunningPart] = []
        try:
            for part in parts:
                running.append(_RunningPart(part, show))
                _wait_until_ready(running, asked_to_stop)
                if asked_to_stop:
                    return
            when_ready()
            while not asked_to_stop:
                _check(running)
                time.sleep(POLL_SECONDS)
        finally:
            stop = _Stop(asked_to_stop, len(asked_to_stop), grace_seconds)
            for one in reversed(running):
                one.stop(stop)


@dataclass(frozen=True, slots=True)
class _Stop:
    """How patient the end is; a signal more than there were at its start makes it urgent."""

    signals: Sequence[int]
    already: int
    grace_seconds: float

    @property
    def is_urgent(self) -> bool:
        return len(self.signals) > self.already


class _RunningPart:
    def __init__(self, part: Part, show: ShowLine) -> None:
        self.part = part
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        try:
            # A session of its own: Ctrl-C of the terminal is for us alone, we end it in order.
            self._process = subprocess.Popen(  # noqa: S603 - commands of ours
                part.command,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **part.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            msg = f"cannot start {part.name}: {part.command[0]}: {error.strerror}"
            raise PartError(msg) from error
        self._reader = threading.Thread(target=self._read, args=(show,), daemon=True)
        self._reader.start()

    def check(self) -> None:
        code = self._process.poll()
        if code is None:
            return
        self._reader.join(timeout=1)
        how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
        said = "".join(f"\n  {line}" for line in self.last_lines)
        raise PartError(f"{self.part.name} ended {how}; the rest is stopped{said and ':'}{said}")

    def stop(self, stop: _Stop) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        deadline = time.monotonic() + stop.grace_seconds
        while self._process.poll() is None:
            if stop.is_urgent or time.monotonic() > deadline:
                # With its children; it is not reaped yet, so the number is still its own.
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            time.sleep(POLL_SECONDS / 2)
        self._reader.join(timeout=1)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self, show: ShowLine) -> None:
        for line in self._process.stdout or ():
            self.last_lines.append(line.rstrip())
            # A terminal that is gone must not block the part.
            with suppress(OSError):
                show(self.part.name, line.rstrip())


def _wait_until_ready(running: Sequence[_RunningPart], asked_to_stop: Sequence[int]) -> None:
    part = running[-1].part
    deadline = time.monotonic() + part.ready_seconds
    while not asked_to_stop:
        _check(running)
        if part.is_ready():
            return
        if time.monotonic() > deadline:
            raise PartError(
                f"{part.name} is not ready after {part.ready_seconds:.0f} seconds; "
                "the rest is stopped"
            )
        time.sleep(POLL_SECONDS)


def _check(running: Sequence[_RunningPart]) -> None:
    for one in running:
        one.check()


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Yield a list that grows by every signal that asks us to stop."""
    received: list[int] = []
    former = {
        number: signal.signal(number, lambda number, _frame: received.append(number))
        for number in STOP_SIGNALS
    }
    try:
        yield received
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
