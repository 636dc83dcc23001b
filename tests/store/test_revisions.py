"""The order of changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from hybrid_search.store.database import Database
from hybrid_search.store.revisions import take_revisions

NOW = datetime(2025, 1, 1, tzinfo=UTC)
NOW_US = int(NOW.timestamp() * 1_000_000)


def take(database: Database, number: int, now: datetime = NOW) -> int:
    with database.writing() as connection:
        return take_revisions(connection, number, now=now)


def test_revisions_are_in_step_with_the_clock(database: Database) -> None:
    assert take(database, 3) == NOW_US
    later = NOW + timedelta(seconds=1)
    assert take(database, 1, later) == NOW_US + 1_000_000


def test_revisions_go_on_when_the_clock_stands_still_or_goes_back(database: Database) -> None:
    assert take(database, 3) == NOW_US
    assert take(database, 2) == NOW_US + 3
    assert take(database, 1, NOW - timedelta(days=1)) == NOW_US + 5


def test_no_revision_is_given_twice(database: Database) -> None:
    with ThreadPoolExecutor(6) as pool:
        firsts = list(pool.map(lambda _: take(database, 5), range(30)))
    assert sorted(firsts) == [NOW_US + 5 * n for n in range(30)]


def test_revisions_of_a_transaction_that_is_undone_are_given_again(database: Database) -> None:
    try:
        with database.writing() as connection:
            take_revisions(connection, 3, now=NOW)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert take(database, 1) == NOW_US
