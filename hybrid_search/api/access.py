"""Who may do what: API keys with scopes."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from hybrid_search.errors import AuthenticationError, PermissionDeniedError
from hybrid_search.store.api_keys import ApiKey

REMEMBERED_S = 5.0
MAX_REMEMBERED = 10_000
SCHEME = "Bearer "


class FindKey(Protocol):
    """Looks a key up by the text that a caller sent."""

    def __call__(self, text: str) -> ApiKey | None:
        """Return the key; None when it is wrong or revoked."""


class Access:
    """Checks the keys of callers. A revoked key is good for some seconds more in each process."""

    def __init__(
        self,
        find: FindKey,
        *,
        search_needs_key: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Use `find` for keys that were not seen in the last seconds of the clock."""
        self._find = find
        self._open_scopes = frozenset() if search_needs_key else frozenset({"search"})
        self._clock = clock
        self._lock = Lock()
        self._seen: dict[str, tuple[float, ApiKey]] = {}

    def check(self, scope: str, authorization: str | None) -> ApiKey | None:
        """Return the caller's key, or None where the scope is open to everybody.

        Args:
            scope: what the request needs.
            authorization: the header, `Bearer hs_...`; None when it was not sent.

        Raises:
            AuthenticationError: a key is needed and there is none, or it is wrong or revoked.
            PermissionDeniedError: the key has another scope.
            DatabaseError: keys cannot be looked up.
        """
        if scope in self._open_scopes:
            return None
        if not authorization:
            msg = f"this needs an API key with the scope {scope!r}; send it as"
            raise AuthenticationError(f"{msg} `Authorization: Bearer hs_...`")
        if not authorization.startswith(SCHEME):
            msg = "the Authorization header has to be `Bearer` and an API key"
            raise AuthenticationError(msg)
        key = self._key(authorization.removeprefix(SCHEME).strip())
        if key is None:
            msg = "the API key is wrong or revoked; make one with `hybrid-search keys create`"
            raise AuthenticationError(msg)
        if not key.allows(scope):
            msg = f"API key {key.id!r} has the scopes {', '.join(key.scopes)}; this needs {scope!r}"
            raise PermissionDeniedError(msg)
        return key

    def _key(self, text: str) -> ApiKey | None:
        now = self._clock()
        with self._lock:
            until, key = self._seen.get(text, (0.0, None))
        if key is not None and until > now:
            return key
        found = self._find(text)
        with self._lock:
            if len(self._seen) >= MAX_REMEMBERED:
                self._seen.clear()
            self._seen.pop(text, None)
            if found is not None:
                self._seen[text] = (now + REMEMBERED_S, found)
        return found
