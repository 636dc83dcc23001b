"""Addresses of servers: checked, and as messages show them."""

import re
from urllib.parse import urlsplit

_USER_INFO = re.compile(r"[^/,\s]*@")


def without_password(url: str) -> str:
    """Return a URL, or several, as messages show it."""
    return _USER_INFO.sub("", url)


def checked_url(url: str) -> str:
    """Return the URL of a node.

    Raises:
        ValueError: it is none, or has no port.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.port:
        shown = without_password(url)
        msg = f"{shown!r} is no address of a node; write one such as 'https://localhost:9200'"
        raise ValueError(msg)
    return url
