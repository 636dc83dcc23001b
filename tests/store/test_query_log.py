"""The query log: entries come back as they went in, without what is personal."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hybrid_search.errors import DatabaseError
from hybrid_search.store import query_log
from hybrid_search.store.database import Database
from hybrid_search.store.query_log import QueryLog
from tests.store.entries import NOON, entry


@pytest.fixture
def log(database: Database) -> QueryLog:
    return QueryLog(database)


def test_entries_come_back_as_they_went_in_newest_first(log: QueryLog) -> None:
    entries = [entry(str(n), minutes=n) for n in range(5)]
    log.insert([entries[3], entries[0], entries[4]])
    log.insert([entries[1], entries[2]])
    assert log.recent(10) == tuple(reversed(entries))
    assert log.recent(2) == (entries[4], entries[3])
    assert log.recent(10, since=entries[3].at) == (entries[4], entries[3])


def test_entries_of_one_moment_are_in_the_order_of_writing(log: QueryLog) -> None:
    log.insert([entry("a"), entry("b")])
    assert [one.query_id for one in log.recent(2)] == ["b", "a"]


def test_nothing_is_kept_of_no_entries(log: QueryLog) -> None:
    log.insert([])
    assert log.recent(10) == ()


def test_addresses_are_masked_in_the_query_and_in_filters(log: QueryLog) -> None:
    log.insert([replace(entry(q="of anna@shop.example"), filters={"brand": ["anna@shop.example"]})])
    (kept,) = log.recent(1)
    assert (kept.q, kept.filters) == ("of <email>", {"brand": ["<email>"]})


@pytest.mark.parametrize(
    "q",
    [
        "",
        "a\0b",
        "half \ud83d of a pair",
        "日本 größe 👗",
        "'; DROP TABLE query_log --",
        "%s {} \\",
    ],
)
def test_any_text_can_be_kept(log: QueryLog, q: str) -> None:
    odd = replace(entry(q=q), filters={q: [q]})
    log.insert([odd, entry("other")])
    other, kept = log.recent(2)
    assert other.query_id == "other"
    assert kept.q == q.replace("\0", "\ufffd").replace("\ud83d", "?")
    assert kept.filters == odd.filters


def test_entries_are_kept_all_or_none(log: QueryLog) -> None:
    with pytest.raises(DatabaseError):
        log.insert([entry("good"), replace(entry("bad"), at=NOON.replace(tzinfo=None))])
    assert log.recent(10) == ()


def test_pruning_deletes_what_is_older_and_nothing_else(
    log: QueryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_log, "PRUNED_AT_ONCE", 3)
    log.insert([entry(str(n), minutes=n) for n in range(10)])
    assert log.prune(NOON + timedelta(minutes=8)) == 8
    assert [one.query_id for one in log.recent(10)] == ["9", "8"]
    assert log.prune(NOON) == 0


def test_a_column_has_room_for_what_is_large(log: QueryLog) -> None:
    values: dict[str, Any] = {"total": 2**40, "took_ms": 1e9 / 3, "q": "x" * 10_000}
    log.insert([replace(entry(), **values)])
    (kept,) = log.recent(1)
    assert {name: getattr(kept, name) for name in values} == values
