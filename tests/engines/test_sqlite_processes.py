"""Several processes on one file: readers, a writer, a writer that is killed, a fork."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import PagePlan, ProductWrite, ResultSet
from hybrid_search.engines.sqlite import SqliteEngine
from tests.contracts.sample_catalog import sample_generation
from tests.contracts.shop import words

NAME = "products-1"

WRITER = """
import sys
from pathlib import Path
from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import ProductWrite
from hybrid_search.engines.sqlite import SqliteEngine

engine = SqliteEngine(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    changes = [ProductWrite(Product(f"{number}-{n}", "Red dress"), 1) for n in range(10)]
    assert engine.write("products-1", changes).written == 10
    print(number, flush=True)
engine.close()
"""

FORKING = """
import os, sys
from pathlib import Path
from hybrid_search.engines.port import PagePlan, ResultSet
from hybrid_search.engines.sqlite import SqliteEngine

engine = SqliteEngine(Path(sys.argv[1]))
plan = PagePlan(ResultSet(), limit=3)
before = engine.page("products-1", plan)
with engine._pool.reading() as inherited:
    pass
child = os.fork()
same = engine.page("products-1", plan) == before
with engine._pool.reading() as used:
    same = same and (used is inherited) == (child != 0)
engine.close()
if child == 0:
    os._exit(0 if same else 1)
sys.exit(0 if same and os.waitpid(child, 0)[1] == 0 else 1)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "search.db"
    engine = SqliteEngine(path)
    engine.create_generation(sample_generation(NAME, "flat"))
    engine.write(NAME, [ProductWrite(Product("first", "Red dress"), 1)])
    engine.close()
    return path


def run(program: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_readers_see_whole_batches_of_another_process(path: Path) -> None:
    engine = SqliteEngine(path)
    batches = 30
    seen = set()
    with run(WRITER, path, batches) as writer:
        while writer.poll() is None:
            total = engine.page(NAME, PagePlan(ResultSet(words("dress")), limit=1)).total
            assert total is not None
            assert total % 10 == 1
            seen.add(total)
    assert writer.returncode == 0
    assert engine.page(NAME, PagePlan(ResultSet(words("dress")), limit=1)).total == 1 + 10 * batches
    assert len(seen) > 1
    engine.close()


def test_two_processes_can_write_in_turns(path: Path) -> None:
    engine = SqliteEngine(path)
    with run(WRITER, path, 20) as writer:
        for number in range(20):
            changes = [ProductWrite(Product(f"here-{number}-{n}", "Boots"), 1) for n in range(3)]
            assert engine.write(NAME, changes).written == 3
        writer.communicate()
    assert writer.returncode == 0
    assert engine.count(NAME) == 1 + 20 * 10 + 20 * 3
    engine.close()


def test_a_killed_writer_leaves_whole_batches(path: Path) -> None:
    with run(WRITER, path, 10_000) as writer:
        assert writer.stdout is not None
        finished = [int(writer.stdout.readline()) for _ in range(5)][-1] + 1
        writer.send_signal(signal.SIGKILL)
    engine = SqliteEngine(path)
    count = engine.count(NAME)
    assert count % 10 == 1
    assert count >= 1 + 10 * finished
    assert engine.page(NAME, PagePlan(ResultSet(words("dress")), limit=1)).total == count
    assert engine.write(NAME, [ProductWrite(Product("later", "Boots"), 1)]).written == 1
    engine.close()


def test_a_forked_child_uses_connections_of_its_own(path: Path) -> None:
    with run(FORKING, path) as parent:
        pass
    assert parent.returncode == 0
