"""A server of PostgreSQL that is not there, goes away, falls silent and comes back."""

import sys
import threading
from collections.abc import Iterator
from time import monotonic

import pytest
from sqlalchemy import make_url, text

from hybrid_search.errors import DatabaseUnavailableError, MissingExtraError
from hybrid_search.store.database import Database
from tests.store.wire import Wire

TIMEOUT_MS = 1_000
MAX_SECONDS = 5.0
PASSWORD = "s3cret-of-the-test"  # noqa: S105 - nobody's


@pytest.fixture
def far(wire: Wire, far_url: str) -> Iterator[Database]:
    """A database at the other end of the wire."""
    database = Database(far_url, timeout_ms=TIMEOUT_MS)
    yield database
    wire.mend()
    database.close()


def ask(database: Database, query: str = "SELECT 1") -> object:
    with database.reading() as connection:
        return connection.scalar(text(query))


def refusal(database: Database, query: str = "SELECT 1") -> str:
    started = monotonic()
    with pytest.raises(DatabaseUnavailableError) as caught:
        ask(database, query)
    assert monotonic() - started < MAX_SECONDS
    return str(caught.value)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    database = Database(f"postgresql://anna:{PASSWORD}@127.0.0.1:1/shop")
    for use in (database.check, database.upgrade):
        with pytest.raises(DatabaseUnavailableError) as caught:
            use()
        message = f"{caught.value} {caught.value.__cause__!r}"
        assert "'postgresql://127.0.0.1:1/shop'" in message
        assert "check HYBRID_SEARCH_DATABASE_URL" in message
        assert PASSWORD not in message


def test_a_password_that_is_refused_is_not_shown(postgresql_url: str) -> None:
    url = make_url(postgresql_url).set(username="nobody_of_that_name", password=PASSWORD)
    database = Database(url.render_as_string(hide_password=False))
    with pytest.raises(DatabaseUnavailableError, match="that the user may use it") as caught:
        database.check()
    assert PASSWORD not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_a_database_that_does_not_exist_is_named(postgresql_url: str) -> None:
    url = make_url(postgresql_url).set(database="nowhere")
    database = Database(url.render_as_string(hide_password=False))
    with pytest.raises(DatabaseUnavailableError, match='"nowhere" does not exist'):
        database.check()


def test_a_server_that_was_started_anew_costs_no_failed_request(far: Database, wire: Wire) -> None:
    assert ask(far) == 1
    wire.cut()
    wire.mend()
    assert ask(far) == 1


def test_a_server_that_goes_away_is_found_again(far: Database, wire: Wire) -> None:
    assert ask(far) == 1
    wire.cut()
    for _ in range(3):
        assert "127.0.0.1" in refusal(far)
    wire.mend()
    assert ask(far) == 1


def test_a_server_that_falls_silent_is_not_waited_for(far: Database, wire: Wire) -> None:
    assert ask(far) == 1
    wire.fall_silent()
    refusal(far)
    refusal(far)
    wire.mend()
    assert ask(far) == 1


def test_silence_in_the_middle_of_a_statement_ends_it(far: Database, wire: Wire) -> None:
    threading.Timer(0.2, wire.fall_silent).start()
    message = refusal(far, "SELECT pg_sleep(0.6)")
    assert f"no answer from the server within {TIMEOUT_MS} ms" in message
    wire.mend()
    assert ask(far) == 1


def test_a_statement_that_takes_too_long_is_ended_by_the_server(far: Database) -> None:
    assert "it took too long; try again" in refusal(far, "SELECT pg_sleep(20)")
    assert ask(far) == 1


def test_a_write_among_reads_is_refused(far: Database) -> None:
    with pytest.raises(Exception, match="read-only transaction"):
        ask(far, "CREATE TABLE t (n INTEGER)")


def test_options_of_the_address_win_over_ours(postgresql_url: str) -> None:
    url = make_url(postgresql_url).update_query_dict(
        {"options": "-c statement_timeout=1234", "application_name": "shop"}
    )
    database = Database(url.render_as_string(hide_password=False))
    assert ask(database, "SELECT current_setting('statement_timeout')") == "1234ms"
    assert ask(database, "SELECT current_setting('application_name')") == "shop"
    assert ask(database, "SELECT current_setting('timezone')") == "UTC"
    database.close()


def test_the_missing_driver_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "hybrid_search.store.bounded_connection", raising=False)
    with pytest.raises(MissingExtraError, match=r"hybrid-search\[postgresql\]"):
        Database(f"postgresql://anna:{PASSWORD}@127.0.0.1/shop")
