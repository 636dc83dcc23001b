"""Errors of the Elasticsearch client in this package's terms."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    ConnectionTimeout,
    NotFoundError,
    TransportError,
)

from hybrid_search.errors import (
    EngineAccessError,
    EngineError,
    EngineReadOnlyError,
    EngineTimeoutError,
    EngineUnavailableError,
    IndexMissingError,
)

_FULL = ("cluster_block_exception", "flood", "no space left")


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raise this package's errors in place of the client's; `url` names the server."""
    try:
        yield
    except AuthenticationException as error:
        msg = f"Elasticsearch at {url} refuses the credentials; check HYBRID_SEARCH_ENGINE_API_KEY"
        raise EngineAccessError(msg) from error
    except AuthorizationException as error:
        raise _forbidden(url, error) from error
    except NotFoundError as error:
        if error.error == "index_not_found_exception":
            msg = f"no such index at {url}: {_reason(error)}; run `hybrid-search index FILE`"
            raise IndexMissingError(msg) from error
        raise EngineError(f"Elasticsearch at {url} answered: {_reason(error)}") from error
    except ApiError as error:
        if is_read_only(_reason(error)):
            raise _read_only(url, error) from error
        raise EngineError(f"Elasticsearch at {url} answered: {_reason(error)}") from error
    except ConnectionTimeout as error:
        msg = f"Elasticsearch at {url} did not answer in time; look at its load or wait longer"
        raise EngineTimeoutError(msg) from error
    except TransportError as error:
        msg = f"Elasticsearch at {url} cannot be reached: {error.message}; is it running?"
        raise EngineUnavailableError(msg) from error


def cause_of(error: Mapping[str, Any]) -> str:
    """Return the innermost reason of an error object of Elasticsearch, in one line."""
    roots = error.get("root_cause") or [error]
    cause = error.get("caused_by") or roots[0]
    while cause.get("caused_by"):
        cause = cause["caused_by"]
    outer, inner = error.get("reason"), cause.get("reason")
    text = ": ".join(dict.fromkeys(part for part in (outer, inner) if part))
    return text or str(error.get("type", error))


def is_read_only(reason: str) -> bool:
    """Tell whether an error's text says that the index takes no writes."""
    return any(sign in reason.lower() for sign in (*_FULL, "read-only", "blocked by"))


def read_only_error(url: str, reason: str) -> EngineReadOnlyError:
    """Return the error for a server that takes no writes."""
    return EngineReadOnlyError(
        f"Elasticsearch at {url} takes no writes: {reason}; "
        "free disk space or remove the index block, then run the job again"
    )


def _read_only(url: str, error: ApiError) -> EngineReadOnlyError:
    return read_only_error(url, _reason(error))


def _forbidden(url: str, error: ApiError) -> EngineError:
    if is_read_only(_reason(error)):
        return _read_only(url, error)
    return EngineAccessError(
        f"Elasticsearch at {url} forbids this: {_reason(error)}; "
        "the key needs the privileges `manage`, `read` and `write` on the index"
    )


def _reason(error: ApiError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return f"{error.error}: {cause_of(body['error'])}"
    return str(error)
