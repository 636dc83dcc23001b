"""API keys: made, shown once, found again by their hash, revoked."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import RowMapping, select

from hybrid_search.errors import ApiKeyNotFoundError, InvalidApiKeyError, suggestion
from hybrid_search.store.database import Database
from hybrid_search.store.tables import API_KEYS

SCOPES = ("search", "write", "admin")
"""What a key may do; `admin` may do everything."""

ADMIN = "admin"
MAX_NAME = 200

_ID_BYTES = 8
_SECRET_BYTES = 32
_TEXT = re.compile(
    rf"hs_(?P<id>[0-9a-f]{{{2 * _ID_BYTES}}})_(?P<secret>[0-9a-f]{{{2 * _SECRET_BYTES}}})"
)
_LISTED = (
    API_KEYS.c.id,
    API_KEYS.c.name,
    API_KEYS.c.scopes,
    API_KEYS.c.created_at,
    API_KEYS.c.revoked_at,
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known about a key; its secret is not.

    Attributes:
        id: names the key in commands and logs.
        name: who uses it, in the words of who made it.
        scopes: in the order of `SCOPES`.
        revoked_at: since when it opens nothing; None while it is good.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None

    def allows(self, scope: str) -> bool:
        """Return whether the key is good for what needs this scope."""
        return self.revoked_at is None and (scope in self.scopes or ADMIN in self.scopes)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just made, with the text that its user sends; nobody sees it again."""

    key: ApiKey
    text: str = field(repr=False)


class ApiKeys:
    """The keys in the database. A secret has 256 random bits, of which the SHA-256 is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, scopes: Collection[str], now: datetime) -> NewApiKey:
        """Make a key and return it with its text, `hs_<id>_<secret>`.

        Raises:
            InvalidApiKeyError: the name is empty or cannot be printed, or a scope is unknown.
            DatabaseError: the database cannot be used.
        """
        key = ApiKey(secrets.token_hex(_ID_BYTES), _checked_name(name), _checked(scopes), now)
        secret = secrets.token_hex(_SECRET_BYTES)
        row = {
            "id": key.id,
            "name": key.name,
            "scopes": list(key.scopes),
            "secret_sha256": _sha256(secret),
            "created_at": now,
        }
        with self._database.writing() as connection:
            connection.execute(API_KEYS.insert(), row)
        return NewApiKey(key, f"hs_{key.id}_{secret}")

    def all(self) -> tuple[ApiKey, ...]:
        """Return all keys, also the revoked ones, oldest first.

        Raises:
            DatabaseError: the database cannot be used.
        """
        query = select(*_LISTED).order_by(API_KEYS.c.created_at, API_KEYS.c.id)
        with self._database.reading() as connection:
            return tuple(_key(row) for row in connection.execute(query).mappings())

    def revoke(self, key_id: str, now: datetime) -> ApiKey:
        """Close a key for good and return it; a revoked one stays as it is.

        Raises:
            ApiKeyNotFoundError: no key has this id.
            DatabaseError: the database cannot be used.
        """
        change = (
            API_KEYS.update()
            .where(API_KEYS.c.id == key_id, API_KEYS.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        query = select(*_LISTED).where(API_KEYS.c.id == key_id)
        with self._database.writing() as connection:
            connection.execute(change)
            found = connection.execute(query).mappings().first()
        if found is None:
            msg = f"no API key has the id {key_id!r}; list them with `hybrid-search keys list`"
            raise ApiKeyNotFoundError(msg)
        return _key(found)

    def find(self, text: str) -> ApiKey | None:
        """Return the key of a text that a caller sent; None when it is wrong or revoked.

        Raises:
            DatabaseError: the database cannot be used.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            return None
        query = select(*_LISTED, API_KEYS.c.secret_sha256).where(API_KEYS.c.id == match["id"])
        with self._database.reading() as connection:
            found = connection.execute(query).mappings().first()
        if found is None:
            return None
        key = _key(found)
        is_right = hmac.compare_digest(found["secret_sha256"], _sha256(match["secret"]))
        return key if is_right and key.revoked_at is None else None


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not stripped or len(stripped) > MAX_NAME or not stripped.isprintable():
        shown = repr(name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}...")
        msg = f"an API key cannot be called {shown}; give 1 to {MAX_NAME} printable characters"
        raise InvalidApiKeyError(msg)
    return stripped


def _checked(scopes: Collection[str]) -> tuple[str, ...]:
    known = f"scopes: {', '.join(SCOPES)}"
    for scope in scopes:
        if scope not in SCOPES:
            msg = f"there is no scope {scope!r}{suggestion(scope, SCOPES)}; {known}"
            raise InvalidApiKeyError(msg)
    if not scopes:
        raise InvalidApiKeyError(f"an API key without a scope opens nothing; {known}")
    return tuple(scope for scope in SCOPES if scope in scopes)


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(
        row["id"], row["name"], tuple(row["scopes"]), row["created_at"], row["revoked_at"]
    )
