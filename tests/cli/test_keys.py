"""`hybrid-search keys`."""

import re

import pytest

from hybrid_search.bootstrap import open_api_keys, open_database
from hybrid_search.settings import Settings
from tests.cli.conftest import Command

LIST = "`hybrid-search keys list`"


def test_a_new_key_is_printed_alone_for_scripts_to_take(command: Command) -> None:
    outcome = command("keys", "create", "the shop's [bold]backend")
    assert outcome.code == 0
    text = outcome.out.rstrip("\n")
    assert re.fullmatch(r"hs_[0-9a-f]{16}_[0-9a-f]{64}", text)
    _, key_id, secret = text.split("_")
    assert f'key {key_id} of "the shop\'s [bold]backend" (search): it is shown' in outcome.err
    assert secret not in outcome.err
    database = open_database(Settings.load())
    found = open_api_keys(database).find(text)
    database.close()
    assert found is not None
    assert found.scopes == ("search",)


def test_scopes_can_be_chosen(command: Command) -> None:
    chosen = ["--scope", "write", "--scope", "search"]
    made = command("keys", "create", "importer", *chosen, "--json").data
    assert made["scopes"] == ["search", "write"]
    assert made["key"].startswith(f"hs_{made['id']}_")


def test_keys_are_listed_without_their_secrets(command: Command) -> None:
    assert (
        command("keys", "list").out
        == "no keys yet; make one with `hybrid-search keys create NAME`\n"
    )
    assert command("keys", "list", "--json").data == []
    made = [command("keys", "create", name, "--json").data for name in ("shop", "[red]other")]
    listed = command("keys", "list", "--json").data
    assert listed == [{name: value for name, value in one.items() if name != "key"} for one in made]
    out = command("keys", "list").out
    for one in made:
        assert one["id"] in out
        assert one["name"] in out
        assert one["created_at"] in out
        assert one["key"].rpartition("_")[2] not in out


def test_a_key_can_be_revoked(command: Command) -> None:
    key_id = command("keys", "create", "shop", "--json").data["id"]
    outcome = command("keys", "revoke", key_id)
    assert outcome.code == 0
    (listed,) = command("keys", "list", "--json").data
    assert listed["revoked_at"]
    assert outcome.out == f"key {key_id} of 'shop' is revoked since {listed['revoked_at']}\n"
    assert listed["revoked_at"] in command("keys", "list").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["revoke", "0"],
            f"api_key_not_found: no API key has the id '0'; list them with {LIST}\n",
        ),
        (
            ["create", "shop", "--scope", "reed"],
            "invalid_api_key: there is no scope 'reed'; scopes: search, write, admin\n",
        ),
        (
            ["create", ""],
            "invalid_api_key: an API key cannot be called ''; give 1 to 200 printable characters\n",
        ),
    ],
)
def test_what_cannot_be_done_is_said(command: Command, arguments: list[str], message: str) -> None:
    outcome = command("keys", *arguments)
    assert (outcome.code, outcome.out, outcome.err) == (1, "", message)


def test_keys_are_kept_where_the_settings_say(command: Command, postgresql_url: str) -> None:
    command("keys", "create", "shop", DATABASE_URL=postgresql_url)
    assert command("keys", "list", "--json").data == []
    (listed,) = command("keys", "list", "--json", DATABASE_URL=postgresql_url).data
    assert listed["name"] == "shop"
