"""Transactions on a file and on a server: whole, in order, bounded, in every process."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from hybrid_search.errors import DatabaseError, DatabaseUnavailableError, SettingsError
from hybrid_search.store.database import Database
from hybrid_search.store.tables import API_KEYS

FORKING = """
import os, sys
from hybrid_search.store.database import Database

database = Database(sys.argv[1])

def session():
    with database.reading() as connection:
        return id(connection.connection.driver_connection)

before = session()
child = os.fork()
same = session() == before
database.close()
if child == 0:
    sys.exit(1 if same else 0)
_, status = os.waitpid(child, 0)
sys.exit(0 if status == 0 and same and session() else 1)
"""

COUNTING = """
import sys
from hybrid_search.store.database import Database
from hybrid_search.store.tables import API_KEYS
from sqlalchemy import select, update

database = Database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with database.writing() as connection:
        query = select(API_KEYS.c.name).where(API_KEYS.c.id == "counter").with_for_update()
        count = int(connection.scalar(query))
        change = update(API_KEYS).where(API_KEYS.c.id == "counter")
        connection.execute(change.values(name=str(count + 1)))
database.close()
"""


def run(program: str, *arguments: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)])


def row(key: str, name: str = "shop") -> dict[str, Any]:
    now = datetime(2026, 7, 1, tzinfo=UTC)
    return {"id": key, "name": name, "scopes": [], "secret_sha256": "", "created_at": now}


def add(database: Database, key: str, name: str = "shop") -> None:
    with database.writing() as connection:
        connection.execute(API_KEYS.insert(), row(key, name))


def add_and_fail(database: Database, key: str) -> None:
    with database.writing() as connection:
        connection.execute(API_KEYS.insert(), row(key))
        raise ZeroDivisionError


def count(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(API_KEYS)) or 0


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def impatient(sqlite_path: Path) -> Iterator[Database]:
    """A database of SQLite that waits only a little for others."""
    database = Database(f"sqlite:///{sqlite_path}", timeout_ms=200)
    database.upgrade()
    yield database
    database.close()


def test_a_transaction_is_kept_whole_or_undone_whole(database: Database) -> None:
    add(database, "first")
    with pytest.raises(ZeroDivisionError):
        add_and_fail(database, "second")
    assert count(database) == 1
    add(database, "second")
    assert count(database) == 2


def test_a_refused_statement_is_an_error_of_ours_without_its_values(database: Database) -> None:
    add(database, "same")
    with pytest.raises(DatabaseError) as caught:
        add(database, "same", "Anna's boutique")
    assert not isinstance(caught.value, DatabaseUnavailableError)
    assert str(caught.value).startswith(f"database '{database.address}': ")
    assert "run `hybrid-search database check`" in str(caught.value)
    for error in (caught.value, caught.value.__cause__):
        assert "Anna" not in str(error)
    assert isinstance(caught.value.__cause__, IntegrityError)
    assert count(database) == 1


def test_the_block_itself_sees_the_errors_of_sqlalchemy(database: Database) -> None:
    add(database, "same")
    with database.writing() as connection:
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(API_KEYS.insert(), row("same"))
        connection.execute(API_KEYS.insert(), row("other"))
    assert count(database) == 2


def test_writers_of_many_threads_take_turns(database: Database) -> None:
    def work(number: int) -> None:
        for n in range(10):
            add(database, f"{number}-{n}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database) == 80


def test_writers_of_many_processes_lose_nothing(database: Database, database_url: str) -> None:
    add(database, "counter", "0")
    processes = [run(COUNTING, database_url, 25) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    with database.reading() as connection:
        assert connection.scalar(select(API_KEYS.c.name)) == "100"


def test_a_forked_child_uses_connections_of_its_own(database: Database, database_url: str) -> None:
    assert database.address
    assert run(FORKING, database_url).wait(timeout=60) == 0


def test_a_closed_database_opens_again(database: Database) -> None:
    add(database, "first")
    database.close()
    assert count(database) == 1


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(API_KEYS.insert(), row("first"))
        assert count(database) == 0
    assert count(database) == 1


def test_references_are_held(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE child (id INTEGER REFERENCES parent (id))"))
    with pytest.raises(DatabaseError, match=r"(?i)foreign key"), database.writing() as connection:
        connection.execute(text("INSERT INTO child VALUES (1)"))


def test_a_writer_that_takes_too_long_is_not_waited_for(
    impatient: Database, sqlite_path: Path
) -> None:
    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailableError, match="another process has been writing"):
            add(impatient, "late")
        assert count(impatient) == 0
        other.execute("ROLLBACK")
    add(impatient, "later")
    assert count(impatient) == 1


def test_a_file_that_is_missing_is_not_made_by_a_transaction(sqlite_path: Path) -> None:
    database = Database(f"sqlite:///{sqlite_path}")
    with pytest.raises(DatabaseUnavailableError, match="run `hybrid-search database upgrade`"):
        count(database)
    with pytest.raises(DatabaseUnavailableError, match="run `hybrid-search database upgrade`"):
        database.check()
    assert not sqlite_path.exists()


def test_a_file_that_is_no_database_is_refused(sqlite_path: Path) -> None:
    noise = b"this is no database at all" * 1000
    sqlite_path.write_bytes(noise)
    database = Database(f"sqlite:///{sqlite_path}")
    for use in (database.check, database.upgrade):
        with pytest.raises(DatabaseError, match="choose another file, or move this one away"):
            use()
    assert sqlite_path.read_bytes() == noise


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    database = Database(f"sqlite:///{tmp_path}/file/deep/state.db")
    with pytest.raises(DatabaseUnavailableError, match=r"file/deep/state\.db.*choose another path"):
        database.upgrade()


def test_an_address_that_cannot_work_is_refused_at_once() -> None:
    with pytest.raises(SettingsError):
        Database("mysql://localhost/shop")
