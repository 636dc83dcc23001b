"""The log is written while requests are answered: never waited for, and nothing lost quietly."""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic, perf_counter, sleep
from typing import Any

import pytest
from sqlalchemy import make_url

from hybrid_search.store.database import Database
from hybrid_search.store.query_log import QueryLog
from hybrid_search.store.query_log_writer import BATCH, QueryLogWriter
from tests.store.entries import NOON, entry
from tests.store.wire import Wire

INTERVAL_S = 0.02
WAIT_S = 20.0

WRITING = """
import os, sys
from hybrid_search.store.database import Database
from hybrid_search.store.query_log import QueryLog
from hybrid_search.store.query_log_writer import QueryLogWriter
from tests.store.entries import NOON, entry

url, name, count, ending = sys.argv[1:]
log = QueryLog(Database(url))
writer = QueryLogWriter(log, retention_days=1, clock=lambda: NOON, interval_s=0.01)
for n in range(int(count)):
    writer.add(entry(f"{name}-{n}"))
if ending == "fork":
    child = os.fork()
    who = "parent" if child else "child"
    writer.add(entry(f"{who}-after-fork"))
    if not child:
        writer.close()
        os._exit(writer.dropped)
    assert os.waitpid(child, 0)[1] == 0
if ending != "exit":
    writer.close()
sys.exit(writer.dropped)
"""

MakeWriter = Callable[..., QueryLogWriter]


def run(*arguments: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", WRITING, *map(str, arguments)])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + WAIT_S
    while not condition():
        assert monotonic() < deadline, "it took too long"
        sleep(0.01)


def ids(log: QueryLog) -> list[str]:
    return sorted(one.query_id for one in log.recent(100_000))


@pytest.fixture
def log(database: Database) -> QueryLog:
    return QueryLog(database)


@pytest.fixture
def make_writer() -> Iterator[MakeWriter]:
    """Makes writers that end with the test."""
    made: list[QueryLogWriter] = []

    def make(log: QueryLog, *, days: int = 1, max_waiting: int = 100) -> QueryLogWriter:
        writer = QueryLogWriter(
            log,
            retention_days=days,
            clock=lambda: NOON,
            max_waiting=max_waiting,
            interval_s=INTERVAL_S,
        )
        made.append(writer)
        return writer

    yield make
    for writer in made:
        writer.close()


def test_entries_are_written_soon_and_without_a_close(
    log: QueryLog, make_writer: MakeWriter
) -> None:
    writer = make_writer(log)
    writer.add(entry("a"))
    wait_until(lambda: ids(log) == ["a"])
    writer.add(entry("b"))
    wait_until(lambda: ids(log) == ["a", "b"])


def test_a_close_writes_what_waits(log: QueryLog, make_writer: MakeWriter) -> None:
    count = 2 * BATCH + 1
    writer = make_writer(log, max_waiting=count)
    for n in range(count):
        writer.add(entry(str(n)))
    writer.close()
    assert len(ids(log)) == count
    assert writer.dropped == 0


def test_entries_after_a_close_are_counted_as_dropped(
    log: QueryLog, make_writer: MakeWriter
) -> None:
    writer = make_writer(log)
    writer.close()
    writer.add(entry())
    writer.close()
    assert (writer.dropped, ids(log)) == (1, [])


def test_many_threads_can_add(log: QueryLog, make_writer: MakeWriter) -> None:
    writer = make_writer(log, max_waiting=1000)

    def work(number: int) -> None:
        for n in range(100):
            writer.add(entry(f"{number}-{n}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert (len(set(ids(log))), writer.dropped) == (800, 0)


@pytest.mark.parametrize("ending", ["close", "exit"])
def test_processes_write_at_the_same_time(log: QueryLog, database_url: str, ending: str) -> None:
    processes = [run(database_url, name, 1500, ending) for name in range(4)]
    assert [process.wait(timeout=120) for process in processes] == [0] * 4
    assert len(set(ids(log))) == len(ids(log)) == 4 * 1500


def test_a_forked_child_writes_its_own_entries_and_no_others(
    log: QueryLog, database_url: str
) -> None:
    assert run(database_url, "before", 3, "fork").wait(timeout=60) == 0
    assert ids(log) == ["before-0", "before-1", "before-2", "child-after-fork", "parent-after-fork"]


def test_a_refused_entry_takes_no_others_with_it(
    log: QueryLog, make_writer: MakeWriter, caplog: pytest.LogCaptureFixture
) -> None:
    writer = make_writer(log)
    no_text: Any = None
    bad = [
        replace(entry("object"), filters={"a": object()}),
        replace(entry("no zone"), at=NOON.replace(tzinfo=None)),
        replace(entry("no text"), q=no_text),
    ]
    with caplog.at_level(logging.CRITICAL):
        for one in (entry("a"), *bad, entry("b")):
            writer.add(one)
        writer.close()
    assert ids(log) == ["a", "b"]
    assert writer.dropped == len(bad)


def test_a_missing_table_stops_nothing(
    database_url: str, make_writer: MakeWriter, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(database_url)
    log = QueryLog(database)
    writer = make_writer(log)
    with caplog.at_level(logging.CRITICAL):
        writer.add(entry("early"))
        sleep(5 * INTERVAL_S)
    database.upgrade()
    writer.add(entry("late"))
    wait_until(lambda: "late" in ids(log))
    writer.close()
    database.close()


def test_what_is_too_old_is_deleted(log: QueryLog, make_writer: MakeWriter) -> None:
    log.insert([entry("old", minutes=-24 * 60 - 1), entry("young", minutes=-24 * 60 + 1)])
    make_writer(log, days=1).add(entry("new"))
    wait_until(lambda: ids(log) == ["new", "young"])


def test_with_no_days_nothing_is_kept(log: QueryLog, make_writer: MakeWriter) -> None:
    log.insert([entry("old", minutes=-1)])
    writer = make_writer(log, days=0)
    writer.add(entry("new"))
    wait_until(lambda: ids(log) == [])
    writer.close()
    assert (ids(log), writer.dropped) == ([], 0)


def test_entries_wait_while_a_sqlite_file_is_taken(
    log: QueryLog, make_writer: MakeWriter, database: Database
) -> None:
    writer = make_writer(log)
    with database.writing():
        started = perf_counter()
        for n in range(50):
            writer.add(entry(str(n)))
        assert perf_counter() - started < 1
        sleep(5 * INTERVAL_S)
    wait_until(lambda: len(ids(log)) == 50)
    assert writer.dropped == 0


@pytest.fixture
def far_log(wire: Wire, far_url: str) -> Iterator[QueryLog]:
    """A log at the other end of the wire."""
    database = Database(far_url, timeout_ms=500)
    database.upgrade()
    yield QueryLog(database)
    wire.mend()
    database.close()


def test_entries_wait_while_the_server_is_away_and_the_rest_is_counted(
    far_log: QueryLog,
    make_writer: MakeWriter,
    wire: Wire,
    postgresql_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    writer = make_writer(far_log, max_waiting=10)
    writer.add(entry("before"))
    wait_until(lambda: ids(far_log) == ["before"])
    wire.cut()
    with caplog.at_level(logging.WARNING):
        writer.add(entry("first"))
        wait_until(lambda: "the query log waits" in caplog.text)
        for n in range(15):
            writer.add(entry(f"away-{n}"))
        assert writer.dropped == 5
    password = make_url(postgresql_url).password
    assert password
    assert password not in caplog.text
    wire.mend()
    wait_until(lambda: len(ids(far_log)) == 12)
    writer.add(entry("after"))
    wait_until(lambda: "after" in ids(far_log))
    assert ids(far_log) == sorted(["before", "first", *(f"away-{n}" for n in range(10)), "after"])


def test_a_close_while_the_server_is_silent_ends_soon_and_counts(
    far_log: QueryLog, make_writer: MakeWriter, wire: Wire
) -> None:
    writer = make_writer(far_log)
    writer.add(entry("before"))
    wait_until(lambda: ids(far_log) == ["before"])
    wire.fall_silent()
    writer.add(entry("lost"))
    started = monotonic()
    writer.close()
    assert monotonic() - started < 10
    assert writer.dropped == 1
