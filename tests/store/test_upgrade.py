"""Upgrades: by several processes at once, and undone when they fail."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic import op
from sqlalchemy import inspect, select, text

from hybrid_search.errors import DatabaseError
from hybrid_search.store import upgrade as upgrade_module
from hybrid_search.store.database import Database
from hybrid_search.store.schema import NEWEST, VERSIONS
from hybrid_search.store.tables import METADATA

UPGRADING = """
import sys
from hybrid_search.store.database import Database

database = Database(sys.argv[1])
import alembic.command
sys.stdin.read()
database.upgrade()
database.check()
"""
PROCESSES = 6


def tables(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(inspect(connection).get_table_names())


def test_several_processes_can_upgrade_at_once(database_url: str) -> None:
    command = [sys.executable, "-c", UPGRADING, database_url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    errors = [process.communicate(timeout=60)[1].decode() for process in processes]
    assert errors == [""] * PROCESSES
    database = Database(database_url)
    assert tables(database) == {*METADATA.tables, VERSIONS.name}
    database.close()


def test_an_upgrade_changes_nothing_the_second_time(database: Database) -> None:
    database.upgrade()
    database.check()
    with database.reading() as connection:
        assert len(connection.execute(select(VERSIONS)).all()) == 1


def test_an_upgrade_that_fails_leaves_nothing_behind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        op.execute("DROP TABLE nowhere")

    database = Database(database_url)
    with monkeypatch.context() as patched:
        patched.setattr(op, "create_index", fail)
        with pytest.raises(DatabaseError, match="nowhere"):
            database.upgrade()
    assert tables(database) == set()
    database.upgrade()
    assert tables(database) == {*METADATA.tables, VERSIONS.name}
    database.close()


def test_tables_of_others_in_the_same_database_are_left_alone(database_url: str) -> None:
    database = Database(database_url)
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).touch()
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('of_the_shop')"))
    database.upgrade()
    with database.reading() as connection:
        found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    assert found == ["of_the_shop"]
    database.close()


def test_a_file_is_made_with_its_folder_and_read_beside_a_writer(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/a folder/100%/state.db")
    database.upgrade()
    with database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    database.close()


def test_a_file_that_somebody_reads_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    reader.execute("CREATE TABLE theirs (n)")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM theirs").fetchall()
    soon = threading.Timer(0.3, reader.close)
    soon.start()
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    assert not soon.is_alive()
    database.close()


def test_the_newest_version_is_returned(database_url: str) -> None:
    database = Database(database_url)
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).touch()
    assert upgrade_module.upgrade(database.address) == NEWEST
    database.close()
