"""What the driver says becomes one line that says what to do."""

import sqlite3

import pytest
from sqlalchemy.exc import IntegrityError, NoSuchTableError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from hybrid_search.errors import DatabaseError, DatabaseUnavailableError
from hybrid_search.store.address import parse_address
from hybrid_search.store.failures import database_error, translated

ADDRESS = parse_address("postgresql://anna:s3cret@db.shop/shop")


class RefusedError(Exception):
    """An error as psycopg raises it."""

    def __init__(self, text: str, sqlstate: str | None = None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


def test_only_the_first_line_is_shown() -> None:
    original = RefusedError(
        "duplicate key\nDETAIL:  Key (q)=(anna@shop.example) already exists.", "23505"
    )
    error = database_error(IntegrityError("INSERT", {}, original), ADDRESS)
    assert str(error) == (
        "database 'postgresql://db.shop/shop': duplicate key: run `hybrid-search database check`"
    )
    assert type(error) is DatabaseError


@pytest.mark.parametrize(
    ("sqlstate", "remedy"),
    [
        (None, "check HYBRID_SEARCH_DATABASE_URL, that the server runs"),
        ("57014", "it took too long; try again"),
        ("53300", "max_connections"),
        ("25006", "give the address of the primary server"),
    ],
)
def test_a_server_that_does_not_do_it_is_unavailable(sqlstate: str | None, remedy: str) -> None:
    error = database_error(OperationalError("SELECT", {}, RefusedError("no", sqlstate)), ADDRESS)
    assert isinstance(error, DatabaseUnavailableError)
    assert remedy in str(error)


def test_a_pool_with_no_connection_left_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailableError, match="QueuePool limit"), translated(ADDRESS):
        raise PoolTimeoutError("QueuePool limit of size 5 reached")


def test_errors_of_the_library_itself_are_translated_and_others_pass() -> None:
    with pytest.raises(DatabaseError, match="somewhere"), translated(ADDRESS):
        raise NoSuchTableError("somewhere")
    with pytest.raises(KeyError), translated(ADDRESS):
        raise KeyError("ours")


def test_an_error_of_sqlite_without_a_code_has_a_remedy_too() -> None:
    error = database_error(OperationalError("SELECT", {}, sqlite3.OperationalError("odd")), ADDRESS)
    assert str(error).endswith("odd: run `hybrid-search database check`")
