import sqlite3
import threading

import pytest

from hybrid_search.catalog import seen_ids as seen_ids_module
from hybrid_search.catalog.seen_ids import SeenIds
from hybrid_search.errors import CatalogError


def test_the_first_line_of_an_id_is_remembered() -> None:
    with SeenIds() as seen_ids:
        assert seen_ids.first_line("a", 1) == 1
        assert seen_ids.first_line("b", 2) == 2
        assert seen_ids.first_line("a", 3) == 1
        assert seen_ids.first_line("A", 4) == 4


def test_ids_beyond_the_cache_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_ids_module, "CACHE_KIB", 64)
    with SeenIds() as seen_ids:
        for line in range(20_000):
            assert seen_ids.first_line(f"{line * 7919 % 100_003:020d}", line) == line
        assert seen_ids.first_line(f"{7919:020d}", 99_999) == 1


def test_another_thread_may_go_on() -> None:
    with SeenIds() as seen_ids:
        seen_ids.first_line("a", 1)
        found: list[int] = []
        thread = threading.Thread(target=lambda: found.append(seen_ids.first_line("a", 2)))
        thread.start()
        thread.join()
    assert found == [1]


def test_nothing_is_remembered_after_closing() -> None:
    seen_ids = SeenIds()
    seen_ids.close()
    with pytest.raises(sqlite3.ProgrammingError):
        seen_ids.first_line("a", 1)
    with SeenIds() as others:
        assert others.first_line("a", 5) == 5


def test_a_full_temporary_folder_is_a_catalog_error() -> None:
    with SeenIds() as seen_ids:
        seen_ids._database.execute("PRAGMA max_page_count = 4")
        with pytest.raises(CatalogError, match="make room there, or name another folder"):
            [seen_ids.first_line(f"{line:0100d}", line) for line in range(10_000)]
