"""Programs that run together, as real processes."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from hybrid_search.cli.parts import Part, run_parts
from hybrid_search.errors import PartError
from tests.cli.running_service import RunningService, running_service

POLITE = "trap 'echo {0} ends; exit 0' TERM; echo {0} runs; while true; do sleep 0.05; done"
STUBBORN = "trap '' TERM; echo {0} runs; while true; do sleep 0.05; done"
PROGRAM = """
import sys
from hybrid_search.cli.parts import Part, run_parts

def show(name, line):
    print(f"{{name}}: {{line}}", flush=True)

parts = [Part(name, ("sh", "-c", script)) for name, script in {scripts!r}]
run_parts(parts, show, lambda: print("all are ready", flush=True), grace_seconds={grace_seconds})
print("the end", flush=True)
"""
READY = re.compile("all are ready")


def shell(name: str, script: str, is_ready: Callable[[], bool] = lambda: True) -> Part:
    return Part(name, ("sh", "-c", script.format(name)), is_ready=is_ready, ready_seconds=0.5)


@contextmanager
def running(*scripts: tuple[str, str], grace_seconds: float = 20) -> Iterator[RunningService]:
    filled = [(name, script.format(name)) for name, script in scripts]
    code = PROGRAM.format(scripts=filled, grace_seconds=grace_seconds)
    with running_service(["-c", code]) as service:
        service.wait_for(READY)
        for name, _ in scripts:
            service.wait_for(re.compile(f"{name} runs"))
        yield service


def left_over(script: str) -> list[str]:
    """Return the ids of processes that still run this script."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if script in command.read_text(errors="replace").split("\0"):
                found.append(command.parent.name)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_ends_all_in_the_opposite_order(number: signal.Signals) -> None:
    with running(("first", POLITE), ("second", POLITE)) as service:
        service.send(number)
        service.wait_for(re.compile("the end"))
        lines = service.console.splitlines()
    assert lines.index("second: second ends") < lines.index("first: first ends")


def test_ctrl_c_of_a_terminal_reaches_the_parts_through_us_alone() -> None:
    # A terminal signals the whole process group; a part that gets it too would end out of turn.
    with running(("first", POLITE.replace("TERM", "INT TERM")), ("second", POLITE)) as service:
        os.killpg(service.process.process_id, signal.SIGINT)
        service.wait_for(re.compile("the end"))
        lines = service.console.splitlines()
    assert lines.index("second: second ends") < lines.index("first: first ends")


def test_part_that_ignores_the_polite_signal_is_killed() -> None:
    with running(("stubborn", STUBBORN), grace_seconds=0.3) as service:
        service.send(signal.SIGINT)
        service.wait_for(re.compile("the end"))
        assert left_over(STUBBORN.format("stubborn")) == []


def test_second_ctrl_c_does_not_wait() -> None:
    with running(("first", STUBBORN), ("second", STUBBORN), grace_seconds=600) as service:
        service.send(signal.SIGINT)
        time.sleep(0.5)
        assert service.process.is_running
        service.send(signal.SIGINT)
        service.wait_for(re.compile("the end"))


def test_part_that_dies_stops_the_rest_and_is_named_with_its_last_words() -> None:
    lines: list[tuple[str, str]] = []
    dying = "for n in 1 2 3 4 5; do echo word $n; done; sleep 0.5; exit 3"
    with pytest.raises(PartError) as failure:
        run_parts(
            [shell("first", POLITE), shell("dying", dying), shell("last", POLITE)],
            lambda name, line: lines.append((name, line)),
            lambda: None,
        )
    assert str(failure.value) == (
        "dying ended with exit code 3; the rest is stopped:\n  word 3\n  word 4\n  word 5"
    )
    assert ("last", "last ends") in lines
    assert ("first", "first ends") in lines
    assert left_over(POLITE.format("first")) == []


def test_part_that_is_killed_is_named_with_the_signal() -> None:
    with pytest.raises(PartError, match=r"victim ended by SIGKILL; the rest is stopped$"):
        run_parts([shell("victim", "kill -KILL $$")], lambda *_: None, lambda: time.sleep(0.5))


def test_next_part_waits_until_the_one_before_is_ready(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    first = shell("first", f"sleep 0.3; touch {mark}; exec sleep 60", mark.exists)
    second = shell("second", f"test -e {mark} && exit 7")
    with pytest.raises(PartError, match="second ended with exit code 7"):
        run_parts([first, second], lambda *_: None, lambda: time.sleep(0.5))


def test_part_that_is_never_ready_is_named() -> None:
    slow = shell("slow", "exec sleep 60", lambda: False)
    with pytest.raises(PartError, match="slow is not ready after 0 seconds; the rest is stopped"):
        run_parts([shell("first", POLITE), slow], lambda *_: None, pytest.fail)


def test_program_that_does_not_exist_is_named() -> None:
    parts = [shell("first", POLITE), Part("missing", ("no-such-program",))]
    with pytest.raises(PartError, match="cannot start missing: no-such-program: No such file"):
        run_parts(parts, lambda *_: None, lambda: None)


def test_signals_mean_what_they_meant_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(PartError):
        run_parts([shell("short", "exit 0")], lambda *_: None, lambda: time.sleep(0.5))
    assert signal.getsignal(signal.SIGINT) is before


def test_output_that_is_no_text_does_not_stop_the_reading() -> None:
    lines: list[str] = []
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\n'); print('after')"
    with pytest.raises(PartError):
        run_parts(
            [Part("odd", (sys.executable, "-c", code))],
            lambda _, line: lines.append(line),
            lambda: time.sleep(1),
        )
    assert lines == ["\ufffd\ufffd", "after"]
