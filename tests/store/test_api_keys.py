"""API keys: what is kept of them, and what they open."""

import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hybrid_search.errors import ApiKeyNotFoundError, InvalidApiKeyError
from hybrid_search.store.api_keys import SCOPES, ApiKey, ApiKeys
from hybrid_search.store.database import Database
from hybrid_search.store.tables import API_KEYS

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def keys(database: Database) -> ApiKeys:
    return ApiKeys(database)


def test_a_key_is_found_by_its_text(keys: ApiKeys) -> None:
    new = keys.create(" the shop's backend ", ["write", "search"], NOW)
    assert new.key == ApiKey(new.key.id, "the shop's backend", ("search", "write"), NOW)
    assert keys.find(new.text) == new.key
    assert keys.all() == (new.key,)


def test_a_text_has_the_id_and_256_random_bits(keys: ApiKeys) -> None:
    texts = {keys.create("shop", ["search"], NOW).text for _ in range(5)}
    assert len(texts) == 5
    for text in texts:
        prefix, key_id, secret = text.split("_")
        assert (prefix, key_id in {key.id for key in keys.all()}) == ("hs", True)
        assert len(bytes.fromhex(secret)) * 8 == 256


def test_only_the_hash_of_the_secret_is_kept(keys: ApiKeys, database: Database) -> None:
    new = keys.create("shop", ["search"], NOW)
    secret = new.text.rpartition("_")[2]
    with database.reading() as connection:
        row = connection.execute(select(API_KEYS)).one()
    assert row.secret_sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in f"{row} {keys.all()} {new!r}"


def test_what_is_no_key_opens_nothing(keys: ApiKeys) -> None:
    text = keys.create("shop", ["search"], NOW).text
    other = keys.create("other", ["admin"], NOW).text
    assert len(text) == len(other)
    prefix, key_id, secret = text.split("_")
    wrong = [
        "",
        "hs__",
        "é\0\ud800",
        text[:-1],
        f"{text} ",
        f"{text}\n",
        text.upper(),
        "_".join((prefix, key_id, other.rpartition("_")[2])),
        "_".join((prefix, "0" * len(key_id), secret)),
        "_".join((prefix, key_id, hashlib.sha256(secret.encode()).hexdigest())),
    ]
    assert [keys.find(one) for one in wrong] == [None] * len(wrong)


def test_a_revoked_key_opens_nothing_and_stays_in_the_list(keys: ApiKeys) -> None:
    new, other = (keys.create(name, ["search"], NOW) for name in ("shop", "other"))
    revoked = keys.revoke(new.key.id, LATER)
    assert revoked.revoked_at == LATER
    assert keys.find(new.text) is None
    assert keys.find(other.text) == other.key
    assert set(keys.all()) == {revoked, other.key}


def test_a_key_stays_revoked_since_the_first_time(keys: ApiKeys) -> None:
    key_id = keys.create("shop", ["search"], NOW).key.id
    revoked = keys.revoke(key_id, LATER)
    assert keys.revoke(key_id, LATER + timedelta(days=1)) == revoked


def test_revoking_a_key_that_is_not_there_says_so(keys: ApiKeys) -> None:
    keys.create("shop", ["search"], NOW)
    with pytest.raises(ApiKeyNotFoundError, match=r"no API key has the id 'shop'; list them with"):
        keys.revoke("shop", LATER)


def test_keys_are_listed_oldest_first(keys: ApiKeys) -> None:
    for days in (2, 0, 1):
        keys.create(f"day {days}", ["search"], NOW + timedelta(days=days))
    assert [key.name for key in keys.all()] == ["day 0", "day 1", "day 2"]


@pytest.mark.parametrize(
    ("scopes", "message"),
    [
        (["serach"], "there is no scope 'serach'; did you mean 'search'?; scopes: search, write"),
        (["search", "x"], "there is no scope 'x'; scopes: search, write, admin"),
        ([], "an API key without a scope opens nothing; scopes: search, write, admin"),
    ],
)
def test_scopes_that_do_not_exist_are_refused_with_the_list(
    keys: ApiKeys, scopes: list[str], message: str
) -> None:
    with pytest.raises(InvalidApiKeyError, match=re.escape(message)):
        keys.create("shop", scopes, NOW)
    assert keys.all() == ()


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\0b", "a\nb", "\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(keys: ApiKeys, name: str) -> None:
    with pytest.raises(InvalidApiKeyError, match="give 1 to 200 printable characters"):
        keys.create(name, ["search"], NOW)
    assert keys.all() == ()


def test_admin_may_do_everything_and_others_what_they_are_made_for() -> None:
    opened = {
        scope: [other for other in SCOPES if ApiKey("1", "shop", (scope,), NOW).allows(other)]
        for scope in SCOPES
    }
    assert opened == {"search": ["search"], "write": ["write"], "admin": list(SCOPES)}
    assert not ApiKey("1", "shop", ("admin",), NOW, revoked_at=LATER).allows("search")
