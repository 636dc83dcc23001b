"""gunicorn as it really runs: processes, metrics, and who is answered when it stops."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.running_service import ROOT, RunningService, running_service

PROGRAM = """
from hybrid_search.cli.http_server import ServerOptions, run_server
from hybrid_search.cli.listener import open_listener
listener = open_listener("127.0.0.1:0")
run_server("tests.cli.http_app:app", listener, ServerOptions({workers}, 4, {graceful_timeout_s}))
"""


def program(*, workers: int = 1, graceful_timeout_s: int = 20) -> list[str]:
    return ["-c", PROGRAM.format(workers=workers, graceful_timeout_s=graceful_timeout_s)]


@contextmanager
def service(
    *,
    workers: int = 1,
    graceful_timeout_s: int = 20,
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningService]:
    arguments = program(workers=workers, graceful_timeout_s=graceful_timeout_s)
    with running_service(arguments, environment) as running:
        yield running


def processes(running: RunningService, number: int) -> set[int]:
    """Return the ids of the processes that answer, once there are so many."""
    found: set[int] = set()
    deadline = time.monotonic() + 60
    while len(found) < number:
        assert time.monotonic() < deadline
        found.add(json.loads(running.get("/"))["process"])
    return found


def metric(running: RunningService, name: str) -> float:
    text = running.get("/metrics").decode()
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.M))


def test_processes_answer_and_each_loads_the_application_itself() -> None:
    with service(workers=2) as running:
        found = processes(running, 2)
        assert running.process.process_id not in found
        assert json.loads(running.get("/"))["parent"] == running.process.process_id


def test_runtime_of_models_is_not_loaded_before_the_fork() -> None:
    # A process that is forked after ONNX Runtime was loaded waits at its end for ever.
    with service() as running:
        assert json.loads(running.get("/loaded")) == {"onnxruntime": False, "torch": False}


def test_metrics_of_all_processes_are_added_up() -> None:
    with service(workers=2) as running:
        processes(running, 2)
        before = metric(running, "answered_total")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: running.get("/"), range(40)))
        assert metric(running, "answered_total") == before + 40


def test_process_that_dies_is_replaced_and_not_counted_as_alive() -> None:
    with service(workers=2) as running:
        first, second = processes(running, 2)
        assert metric(running, "alive") == 2
        answered = metric(running, "answered_total")
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while first in (now := processes(running, 2)):
            assert time.monotonic() < deadline
        assert second in now
        assert metric(running, "alive") == 2
        assert metric(running, "answered_total") > answered


def test_metrics_start_at_nothing_and_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "counter_1.db").write_bytes(b"of a former run")
    with service(environment={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}) as running:
        assert metric(running, "answered_total") == 0
        running.get("/")
        assert metric(running, "answered_total") == 1
        running.send(signal.SIGTERM)
        running.wait_until_ended()
    assert list(tmp_path.iterdir()) == []


def test_temporary_folder_of_metrics_is_removed(tmp_path: Path) -> None:
    with service(environment={"TMPDIR": str(tmp_path)}) as running:
        running.get("/metrics")
        (folder,) = tmp_path.glob("hybrid_search-metrics-*")
        assert any(folder.iterdir())
        running.send(signal.SIGTERM)
        running.wait_until_ended()
        assert not folder.exists()


def test_requests_in_flight_are_answered_after_sigterm() -> None:
    with service(workers=2) as running:
        processes(running, 2)
        with ThreadPoolExecutor(12) as pool:
            # More than there are threads, so some wait inside, others are not accepted yet.
            answers = [pool.submit(running.get, "/slow/1.0") for _ in range(12)]
            time.sleep(0.5)
            running.send(signal.SIGTERM)
            assert [answer.result() for answer in answers] == [b"done"] * 12
        running.wait_until_ended()
        assert "Traceback" not in running.console


def test_nobody_who_could_connect_is_left_without_an_answer() -> None:
    outcomes: Counter[str] = Counter()
    with service(workers=2) as running:
        processes(running, 2)
        port = running.port
        is_over = threading.Event()

        def ask() -> None:
            while not is_over.is_set():
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                try:
                    connection.connect()
                except ConnectionError:
                    outcomes["refused"] += 1
                    return
                try:
                    connection.request("GET", "/slow/0.05")
                    outcomes[connection.getresponse().read().decode()] += 1
                except (OSError, http.client.HTTPException) as error:
                    outcomes[f"lost: {error!r}"] += 1
                finally:
                    connection.close()

        threads = [threading.Thread(target=ask) for _ in range(24)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        with ThreadPoolExecutor(1) as pool:
            slowest = pool.submit(running.get, "/slow/2.0")
            time.sleep(0.3)
            running.send(signal.SIGTERM)
            assert slowest.result() == b"done"
        is_over.set()
        for thread in threads:
            thread.join()
        running.wait_until_ended()
    assert outcomes["done"] > 0
    assert outcomes["refused"] == 24
    assert set(outcomes) == {"done", "refused"}


def test_kept_connection_is_answered_once_more_and_then_closed() -> None:
    with service() as running:
        connection = running.connect()
        connection.request("GET", "/")
        connection.getresponse().read()
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(running.get, "/slow/1.0")
            time.sleep(0.3)
            running.send(signal.SIGTERM)
            time.sleep(0.3)
            connection.request("GET", "/")
            response = connection.getresponse()
            assert response.status == 200
            assert response.getheader("Connection") == "close"
            connection.close()
            assert slow.result() == b"done"


def test_request_longer_than_the_graceful_timeout_does_not_hold_the_service() -> None:
    with service(graceful_timeout_s=1) as running:
        running.get("/")
        with ThreadPoolExecutor(1) as pool:
            endless = pool.submit(running.get, "/slow/30.0")
            time.sleep(0.5)
            start = time.monotonic()
            running.send(signal.SIGTERM)
            running.wait_until_ended()
            assert time.monotonic() - start < 15
            assert isinstance(endless.exception(), OSError | http.client.HTTPException)


def test_what_a_process_does_at_its_exit_is_done(tmp_path: Path) -> None:
    with service(workers=2, environment={"MARKS_FOLDER": str(tmp_path)}) as running:
        found = processes(running, 2)
        running.send(signal.SIGTERM)
        running.wait_until_ended()
    assert {int(mark.name) for mark in tmp_path.iterdir()} == found


def run_to_its_end(arguments: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("workers", [1, 3])
def test_application_that_refuses_its_settings_is_a_line_a_process(workers: int) -> None:
    ended = run_to_its_end(program(workers=workers), APP_FAILS="on purpose")
    assert ended.returncode != 0
    lines = ended.stderr.splitlines()
    reason = "invalid_settings: the application [does not] like its settings"
    assert 1 <= lines.count(reason) <= workers
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("workers", [1, 3])
def test_application_that_cannot_start_by_a_bug_ends_the_service_with_its_trace(
    workers: int,
) -> None:
    ended = run_to_its_end(program(workers=workers), APP_FAILS="by a bug")
    assert ended.returncode != 0
    assert "RuntimeError: nobody foresaw this" in ended.stderr
    assert "HaltServer" not in ended.stderr


def test_ctrl_c_which_a_terminal_sends_to_all_processes_ends_it_at_once() -> None:
    with service() as running:
        (worker,) = processes(running, 1)
        os.kill(worker, signal.SIGINT)
        time.sleep(0.5)
        assert processes(running, 1) == {worker}, "its parent decides"
        started = time.monotonic()
        running.send(signal.SIGINT)
        os.kill(worker, signal.SIGINT)
        running.wait_until_ended()
        assert time.monotonic() - started < 10
        assert "SIGKILL" not in running.console
