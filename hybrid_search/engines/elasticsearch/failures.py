"""Errors of the Elasticsearch client in this package's terms."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    ConnectionTimeout,
    NotFoundError,
    SerializationError,
    SSLError,
    TransportError,
    UnsupportedProductError,
)

from hybrid_search.errors import (
    EngineAccessError,
    EngineError,
    EngineReadOnlyError,
    EngineTimeoutError,
    EngineUnavailableError,
    IndexMissingError,
)

MAX_REASON = 300

_FULL = ("cluster_block_exception", "flood", "no space left")
_OVERLOADED = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_CLIENT_PREFIX = re.compile(r"^HTTPS?Connection(Pool)?\(.*?\): ")


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raise this package's errors in place of the client's; `url` names the server."""
    try:
        yield
    except ApiError as error:
        raise _answered(url, error) from error
    except TransportError as error:
        raise _unanswered(url, error) from error


def _answered(url: str, error: ApiError) -> EngineError | IndexMissingError:
    """Return the error for a server that answered something else than what was asked for."""
    reason = _reason(error)
    if isinstance(error, UnsupportedProductError):
        return EngineError(f"{url} is not Elasticsearch; check HYBRID_SEARCH_ENGINE_URL")
    if is_read_only(reason):
        return read_only_error(url, reason)
    if isinstance(error, AuthenticationException | AuthorizationException):
        return _refused(url, error, reason)
    if isinstance(error, NotFoundError) and error.error == "index_not_found_exception":
        msg = f"no such index at {url}: {reason}; run `hybrid-search index FILE`"
        return IndexMissingError(msg)
    if error.meta.status in _OVERLOADED:
        msg = f"Elasticsearch at {url} cannot answer now: {reason}; look at its load and its log"
        return EngineUnavailableError(msg)
    return EngineError(f"Elasticsearch at {url} answered: {reason}")


def _refused(url: str, error: ApiError, reason: str) -> EngineAccessError:
    if isinstance(error, AuthenticationException):
        msg = f"Elasticsearch at {url} refuses the credentials; check HYBRID_SEARCH_ENGINE_API_KEY"
        return EngineAccessError(msg)
    return EngineAccessError(
        f"Elasticsearch at {url} forbids this: {reason}; the key needs the privilege "
        "`monitor` on the cluster, and `manage`, `read` and `write` on the index"
    )


def _unanswered(url: str, error: TransportError) -> EngineError:
    """Return the error for a server that gave no answer, or none that can be read."""
    message = _CLIENT_PREFIX.sub("", str(error.message))
    if isinstance(error, ConnectionTimeout):
        msg = f"Elasticsearch at {url} did not answer in time; look at its load or wait longer"
        return EngineTimeoutError(msg)
    if isinstance(error, SerializationError):
        msg = f"{url} answers something else than JSON; check HYBRID_SEARCH_ENGINE_URL"
        return EngineError(msg)
    if isinstance(error, SSLError):
        return EngineUnavailableError(
            f"Elasticsearch at {url} cannot be reached safely: {message}; check whether it speaks "
            "https, and HYBRID_SEARCH_ENGINE_CA_CERTS"
        )
    return EngineUnavailableError(
        f"Elasticsearch at {url} cannot be reached: {message}; is it running?"
    )


def cause_of(error: Mapping[str, Any]) -> str:
    """Return the innermost reason of an error object of Elasticsearch, in one line."""
    roots = error.get("root_cause") or [error]
    cause = error.get("caused_by") or roots[0]
    while cause.get("caused_by"):
        cause = cause["caused_by"]
    outer, inner = error.get("reason"), cause.get("reason")
    parts = dict.fromkeys(shortened(part) for part in (outer, inner) if part)
    return ": ".join(parts) or str(error.get("type", "unknown"))


def is_read_only(reason: str) -> bool:
    """Tell whether an error's text says that the index takes no writes."""
    return any(sign in reason.lower() for sign in (*_FULL, "read-only", "blocked by"))


def read_only_error(url: str, reason: str) -> EngineReadOnlyError:
    """Return the error for a server that takes no writes."""
    return EngineReadOnlyError(
        f"Elasticsearch at {url} takes no writes: {reason}; "
        "free disk space or remove the index block, then run the job again"
    )


def shortened(reason: str) -> str:
    """Return a reason in one line; the server repeats whole documents in some."""
    text = " ".join(reason.split())
    return text if len(text) <= MAX_REASON else f"{text[: MAX_REASON - 3]}..."


def _reason(error: ApiError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return f"{error.error}: {cause_of(body['error'])}"
    return shortened(f"HTTP status {error.meta.status}: {body}")
