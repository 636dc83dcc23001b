"""Addresses of databases: checked, and as messages show them."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from hybrid_search.errors import SettingsError

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://")
_SHOWN_OPTIONS = ("host", "port")


@dataclass(frozen=True, slots=True)
class SqliteAddress:
    """A file of SQLite."""

    path: Path

    def __str__(self) -> str:
        """Return it as messages show it."""
        return f"{_SQLITE}{self.path}"


@dataclass(frozen=True, slots=True)
class PostgresqlAddress:
    """A database of a PostgreSQL server; `url` may hold a password, its text never does."""

    url: URL

    def __str__(self) -> str:
        """Return it as messages show it: without the user, the password and the options."""
        host = self.url.host or ""
        host = f"[{host}]" if ":" in host else host
        port = f":{self.url.port}" if self.url.port else ""
        options = {name: self.url.query[name] for name in _SHOWN_OPTIONS if name in self.url.query}
        query = f"?{urlencode(options, doseq=True, safe='/')}" if options else ""
        return f"postgresql://{host}{port}/{self.url.database or ''}{query}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


Address = SqliteAddress | PostgresqlAddress


def parse_address(text: str) -> Address:
    """Return where the database is.

    Raises:
        SettingsError: it is no address of a database that we can use.
    """
    if text.startswith(_SQLITE):
        return SqliteAddress(_path(text))
    if text.startswith(_POSTGRESQL):
        return PostgresqlAddress(_url(text))
    # Nothing of it is shown: what comes before the colon may be a password too.
    msg = (
        "HYBRID_SEARCH_DATABASE_URL has to start with sqlite:/// or postgresql://, such as "
        "'sqlite:///hybrid_search_state.db' or 'postgresql://user:password@localhost:5432/shop'"
    )
    raise SettingsError(msg)


def _path(text: str) -> Path:
    path = text.removeprefix(_SQLITE)
    if path in {"", ":memory:"} or "\0" in path:
        msg = (
            f"HYBRID_SEARCH_DATABASE_URL is {text!r}; a file is written "
            "sqlite:///relative/path.db or sqlite:////absolute/path.db"
        )
        raise SettingsError(msg)
    return Path(path)


def _url(text: str) -> URL:
    _, _, rest = text.partition("://")
    try:
        url = make_url(f"postgresql+psycopg://{rest}")
    except (ArgumentError, ValueError):
        url = None
    # A bare @ in a password makes the rest of it a part of the host, or of what comes after.
    if url is None or not url.database or "@" in f"{url.host}{url.database}{url.query}":
        msg = (
            "HYBRID_SEARCH_DATABASE_URL is no address of a PostgreSQL database; write one such as "
            "'postgresql://user:password@localhost:5432/shop', with characters such as @, / and % "
            "of the password as %40, %2F and %25"
        )
        # The cause would show the text with its password.
        raise SettingsError(msg) from None
    return url
