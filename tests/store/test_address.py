"""Addresses of databases: which are taken, and how they are shown."""

from pathlib import Path

import pytest

from hybrid_search.errors import SettingsError
from hybrid_search.store.address import PostgresqlAddress, SqliteAddress, parse_address


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sqlite:///state.db", "state.db"),
        ("sqlite:////var/lib/shop/state.db", "/var/lib/shop/state.db"),
        ("sqlite:///a folder/100%/what?.db", "a folder/100%/what?.db"),
    ],
)
def test_a_file_is_relative_or_absolute(text: str, path: str) -> None:
    address = parse_address(text)
    assert address == SqliteAddress(Path(path))
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://anna:s3cret@db.shop:6432/shop", "postgresql://db.shop:6432/shop"),
        ("postgres://anna:s3cret@db.shop/shop", "postgresql://db.shop/shop"),
        ("postgresql://anna:s3c%40ret@[::1]:5432/shop", "postgresql://[::1]:5432/shop"),
        (
            "postgresql://localhost/shop?password=s3cret&sslmode=require",
            "postgresql://localhost/shop",
        ),
        (
            "postgresql:///shop?host=/var/run/postgresql&user=anna",
            "postgresql:///shop?host=/var/run/postgresql",
        ),
    ],
)
def test_a_server_is_shown_without_who_comes_and_with_what(text: str, shown: str) -> None:
    address = parse_address(text)
    assert isinstance(address, PostgresqlAddress)
    assert str(address) == shown
    assert "s3c" not in repr(address)
    assert address.url.drivername == "postgresql+psycopg"


def test_the_password_and_the_options_reach_the_driver() -> None:
    address = parse_address("postgresql://anna:s3c%40ret@db.shop/shop?sslmode=require")
    assert isinstance(address, PostgresqlAddress)
    assert (address.url.username, address.url.password) == ("anna", "s3c@ret")
    assert address.url.query == {"sslmode": "require"}


@pytest.mark.parametrize("text", ["sqlite:///", "sqlite:///:memory:", "sqlite:///a\0b"])
def test_what_is_no_file_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"a file is written sqlite:///relative/path\.db"):
        parse_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "sqlite://",
        "mysql://anna:s3cret@db/shop",
        "anna:s3cret@db/shop",
        "postgresql+psycopg2://anna:s3cret@db/shop",
        "",
    ],
)
def test_another_kind_of_database_is_refused(text: str) -> None:
    with pytest.raises(
        SettingsError, match="has to start with sqlite:/// or postgresql://"
    ) as caught:
        parse_address(text)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://anna:s3cret@db.shop",
        "postgresql://anna:s3cret@db.shop/",
        "postgresql://anna:one@s3cret@db.shop/shop",
        "postgresql://anna:one@two/s3cret@db.shop/shop",
        "postgresql://anna:one@two:s3cret@db.shop/shop",
        "postgresql://db.shop:port/shop",
        "postgresql://",
    ],
)
def test_a_server_without_a_database_or_with_a_bare_password_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is no address of a PostgreSQL database") as caught:
        parse_address(text)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
