"""Who may search, and with which key."""

from datetime import UTC, datetime

import pytest

from hybrid_search.api.access import REMEMBERED_S, Access
from hybrid_search.errors import AuthenticationError, PermissionDeniedError
from hybrid_search.settings import Settings
from hybrid_search.store.api_keys import ApiKey
from tests.api.conftest import Service, open_service

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = {
    "reader": ApiKey("1", "shop", ("search",), NOW),
    "boss": ApiKey("2", "operator", ("admin",), NOW),
}


class Keys:
    """A table of keys that counts how often it is asked."""

    def __init__(self) -> None:
        self.known = dict(KEYS)
        self.asked = 0

    def __call__(self, text: str) -> ApiKey | None:
        self.asked += 1
        return self.known.get(text)


def test_search_is_open_unless_it_needs_a_key() -> None:
    keys = Keys()
    assert Access(keys, search_needs_key=False).check("search", None) is None
    assert keys.asked == 0
    with pytest.raises(AuthenticationError, match="needs an API key with the scope 'search'"):
        Access(keys, search_needs_key=True).check("search", None)


def test_a_key_is_good_for_its_scopes_and_admin_for_all() -> None:
    access = Access(Keys(), search_needs_key=True)
    assert access.check("search", "Bearer reader") == KEYS["reader"]
    assert access.check("write", "Bearer boss") == KEYS["boss"]
    with pytest.raises(PermissionDeniedError, match="has the scopes search; this needs 'write'"):
        access.check("write", "Bearer reader")


@pytest.mark.parametrize("header", ["Basic reader", "Bearer", "Bearer wrong", "reader", ""])
def test_other_headers_are_refused(header: str) -> None:
    with pytest.raises(AuthenticationError):
        Access(Keys(), search_needs_key=True).check("search", header)


def test_a_revoked_key_is_forgotten_after_some_seconds() -> None:
    keys, now = Keys(), [0.0]
    access = Access(keys, search_needs_key=True, clock=lambda: now[0])
    access.check("search", "Bearer reader")
    del keys.known["reader"]
    now[0] = REMEMBERED_S - 0.1
    access.check("search", "Bearer reader")
    assert keys.asked == 1
    now[0] = REMEMBERED_S + 0.1
    with pytest.raises(AuthenticationError):
        access.check("search", "Bearer reader")


def test_real_keys_open_a_search_that_needs_one(settings: Settings) -> None:
    service: Service = open_service(settings.model_copy(update={"search_needs_key": True}))
    response = service.post("/v1/search", {"q": "dress"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert service.post("/v1/search", {"q": "dress"}, service.key("search")).status_code == 200
    response = service.post("/v1/search", {"q": "dress"}, service.key("write"))
    assert response.status_code == 403
    assert response.get_json()["error"]["code"] == "permission_denied"
