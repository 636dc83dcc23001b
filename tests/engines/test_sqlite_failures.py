import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hybrid_search.engines.port import Generation, PagePlan, ProductWrite, ResultSet
from hybrid_search.engines.sqlite import SqliteEngine
from hybrid_search.engines.sqlite.failures import translated
from hybrid_search.engines.sqlite.sqlite_queries import APPLICATION_ID, SCHEMA_VERSION
from hybrid_search.errors import (
    EngineError,
    EngineReadOnlyError,
    EngineTimeoutError,
    EngineUnavailableError,
    IndexMissingError,
)
from tests.contracts.sample_catalog import WRITES, sample_generation

NAME = "products-1"
GENERATION: Generation = sample_generation(NAME, "flat")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "search.db"
    engine = SqliteEngine(path)
    engine.create_generation(GENERATION)
    engine.write(NAME, WRITES)
    engine.switch(NAME)
    engine.close()
    return path


def test_a_full_disk_stops_the_write_whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with (
            pytest.raises(EngineReadOnlyError, match=r"search\.db.*disk is full"),
            translated(path),
        ):
            connection.execute("INSERT INTO g1_documents VALUES (999, ?)", ("x" * 100_000,))


def test_a_database_that_cannot_be_written_to_is_named(path: Path) -> None:
    with (
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection,
        pytest.raises(EngineReadOnlyError, match=r"search\.db.*permissions"),
        translated(path),
    ):
        connection.execute("DELETE FROM g1_products")


def test_a_write_waits_for_another_only_so_long(path: Path) -> None:
    engine = SqliteEngine(path, busy_timeout_ms=30)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(EngineTimeoutError, match=r"search\.db.*another process"):
            engine.write(NAME, WRITES[:1])
        assert engine.count(NAME) == len(WRITES), "readers do not wait"
        other.execute("ROLLBACK")
    assert engine.write(NAME, WRITES[:1]).stale == (WRITES[0].product.id,)
    engine.close()


def test_a_damaged_file_is_named_with_a_remedy(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    engine = SqliteEngine(path)
    with pytest.raises(EngineError, match=r"search\.db.*index the catalogue again"):
        engine.page(NAME, PagePlan(ResultSet(), limit=10))
    assert any("search.db" in problem for problem in engine.health().problems)
    engine.close()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("shopping list " * 100)
    engine = SqliteEngine(path)
    with pytest.raises(EngineError, match=r"notes\.txt.*not a SQLite database"):
        engine.create_generation(GENERATION)
    assert path.read_text() == "shopping list " * 100


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE generations (x)")
    engine = SqliteEngine(path)
    with pytest.raises(EngineError, match=r"other\.db.*not made by hybrid-search"):
        engine.create_generation(GENERATION)
    assert "other.db" in engine.health().problems[0]


def test_a_database_of_another_format_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(EngineError, match=f"format {SCHEMA_VERSION + 1}"):
        SqliteEngine(path).generations()


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="cannot be opened"):
        SqliteEngine(tmp_path).generations()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    engine = SqliteEngine(tmp_path / "file" / "search.db")
    with pytest.raises(EngineUnavailableError, match="cannot make the folder"):
        engine.create_generation(GENERATION)


def test_looking_for_an_index_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "search.db"
    engine = SqliteEngine(path)
    assert engine.generations() == ()
    for call in (engine.live_generation, lambda: engine.count(NAME), lambda: engine.drop(NAME)):
        with pytest.raises(IndexMissingError, match="hybrid-search index"):
            call()
    assert "hybrid-search index" in engine.health().problems[0]
    assert not path.parent.exists()


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    path.touch()
    engine = SqliteEngine(path)
    engine.create_generation(GENERATION)
    assert engine.generations() == (GENERATION,)
    assert engine.health().problems == ()
    engine.close()


def test_an_engine_can_be_used_again_after_it_was_closed(path: Path) -> None:
    engine = SqliteEngine(path)
    engine.close()
    assert engine.write(NAME, [ProductWrite(WRITES[0].product, 2)]).written == 1
    engine.close()
