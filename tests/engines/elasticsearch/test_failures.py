"""What a server says, in this package's words."""

from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, AuthorizationException, NotFoundError

from hybrid_search.engines.elasticsearch.failures import (
    MAX_REASON,
    cause_of,
    is_read_only,
    shortened,
    translated,
)
from hybrid_search.errors import (
    EngineAccessError,
    EngineError,
    EngineReadOnlyError,
    EngineUnavailableError,
    HybridSearchError,
    IndexMissingError,
)

URL = "http://localhost:9200"
BLOCKED = "index [p-1] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage]"


def api_error(status: int, kind: str, reason: str) -> ApiError:
    node = NodeConfig("http", "localhost", 9200)
    meta = ApiResponseMeta(status, "1.1", HttpHeaders(), 0.1, node)
    body = {"error": {"type": kind, "reason": reason}, "status": status}
    classes: dict[int, type[ApiError]] = {403: AuthorizationException, 404: NotFoundError}
    return classes.get(status, ApiError)(kind, meta, body)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (api_error(404, "index_not_found_exception", "no such index [p-1]"), IndexMissingError, ""),
        (api_error(404, "resource_not_found_exception", "no alias"), EngineError, "no alias"),
        (api_error(403, "security_exception", "not allowed"), EngineAccessError, "forbids this"),
        (api_error(403, "cluster_block_exception", BLOCKED), EngineReadOnlyError, "free disk"),
        (api_error(429, "cluster_block_exception", BLOCKED), EngineReadOnlyError, "free disk"),
        (
            api_error(429, "circuit_breaking_exception", "data too large"),
            EngineUnavailableError,
            "",
        ),
        (api_error(503, "master_not_discovered_exception", ""), EngineUnavailableError, ""),
        (api_error(400, "parsing_exception", "unknown query [x]"), EngineError, "unknown query"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_each_failure_has_its_own_error(
    error: ApiError, kind: type[HybridSearchError], message: str
) -> None:
    with pytest.raises(kind) as caught, translated(URL):
        raise error
    assert type(caught.value) is kind
    assert URL in str(caught.value)
    assert message in str(caught.value)
    assert caught.value.__cause__ is error


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(ZeroDivisionError), translated(URL):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ({"type": "x", "reason": "outer"}, "outer"),
        ({"type": "x", "reason": "outer", "caused_by": {"reason": "inner"}}, "outer: inner"),
        (
            {"reason": "outer", "caused_by": {"reason": "a", "caused_by": {"reason": "deep"}}},
            "outer: deep",
        ),
        ({"reason": "outer", "root_cause": [{"reason": "root"}]}, "outer: root"),
        ({"reason": "same", "root_cause": [{"reason": "same"}]}, "same"),
        ({"type": "null_pointer_exception", "reason": None}, "null_pointer_exception"),
        ({"reason": "two\n  lines", "caused_by": {"reason": "inner"}}, "two lines: inner"),
    ],
)
def test_a_cause_is_the_outermost_and_the_innermost_reason(
    error: dict[str, Any], cause: str
) -> None:
    assert cause_of(error) == cause


def test_the_innermost_reason_survives_a_long_outer_one() -> None:
    error = {"reason": "document " * 5000, "caused_by": {"reason": "immense term"}}
    assert cause_of(error).endswith(": immense term")
    assert len(cause_of(error)) < 2 * MAX_REASON


def test_a_short_reason_stays_whole() -> None:
    assert shortened("a reason") == "a reason"
    assert len(shortened("x" * 10_000)) == MAX_REASON


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (BLOCKED, True),
        ("index [p-1] blocked by: [FORBIDDEN/8/index write (api)];", True),
        ("No space left on device", True),
        ("version conflict, current version [2] is higher", False),
        ("failed to parse field [price]", False),
    ],
)
def test_a_server_that_takes_no_writes_is_told_from_one_that_refuses_a_product(
    reason: str, *, expected: bool
) -> None:
    assert is_read_only(reason) is expected
