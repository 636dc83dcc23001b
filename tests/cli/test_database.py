"""`hybrid-search database`."""

from pathlib import Path

from sqlalchemy import make_url

from tests.cli.conftest import Command


def test_a_database_is_made_and_found_good(command: Command, folder: Path) -> None:
    refused = command("database", "check")
    assert refused.code == 1
    assert refused.err.startswith(
        "database_unavailable: database 'sqlite:///hybrid_search_state.db'"
    )
    assert "run `hybrid-search database upgrade`" in refused.err
    assert not (folder / "hybrid_search_state.db").exists()
    for _ in range(2):
        made = command("database", "upgrade")
        assert (made.code, made.err) == (0, "")
        assert made.out == "database 'sqlite:///hybrid_search_state.db' is up to date\n"
    checked = command("database", "check")
    assert (checked.code, checked.err) == (0, "")
    assert checked.out == "database 'sqlite:///hybrid_search_state.db' can be used\n"


def test_a_server_of_postgresql_is_used_where_it_is_named(
    command: Command, postgresql_url: str, folder: Path
) -> None:
    password = make_url(postgresql_url).password
    assert password
    refused = command("database", "check", DATABASE_URL=postgresql_url)
    assert refused.code == 1
    assert refused.err.startswith("database_error: ")
    assert "has no tables yet" in refused.err
    made = command("database", "upgrade", DATABASE_URL=postgresql_url)
    assert (made.code, made.err) == (0, "")
    assert command("database", "check", DATABASE_URL=postgresql_url).code == 0
    assert password not in refused.err + made.out
    assert not (folder / "hybrid_search_state.db").exists()


def test_a_server_that_is_down_and_an_address_that_is_none_are_one_line(command: Command) -> None:
    for url, code in (
        ("postgresql://anna:s3cret@127.0.0.1:1/shop", "database_unavailable"),
        ("mysql://anna:s3cret@localhost/shop", "invalid_settings"),
    ):
        for arguments in (["database", "upgrade"], ["database", "check"], ["keys", "list"]):
            outcome = command(*arguments, DATABASE_URL=url)
            assert (outcome.code, outcome.out) == (1, "")
            assert outcome.err.startswith(f"{code}: ")
            assert outcome.err.count("\n") == 1
            assert "s3cret" not in outcome.err
