"""Every error has one shape, a stable code, and says what to do."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from hybrid_search.api.schemas import ErrorAnswer
from tests.api.conftest import Service


def error_of(response: TestResponse) -> dict[str, Any]:
    data = response.get_json()
    ErrorAnswer.model_validate(data, strict=True, extra="forbid")
    assert data["error"]["request_id"] == response.headers["X-Request-Id"]
    error: dict[str, Any] = data["error"]
    return error


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"limt": 3}, "limt: unknown field; did you mean 'limit'?"),
        ({"limit": "3"}, "limit: has to be a whole number, got '3'"),
        ({"limit": 10_000}, "less than or equal to 250"),
        ({"q": "x" * 501}, "has 501 characters; give at most 500"),
        ({"filter": {"colour": "red"}}, "colour"),
        ({"boosts": [{"field": "brand", "value": "A"}]}, "factor: is missing"),
        ([], "has to be an object"),
        ("text", "has to be an object"),
    ],
)
def test_a_bad_search_is_refused_with_its_reason(service: Service, body: Any, message: str) -> None:
    response = service.post("/v1/search", body)
    assert response.status_code == 400
    assert message in error_of(response)["message"]


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_json"),
        (b"", "application/json", 400, "malformed_json"),
        (b"\xff\xfe", "application/json", 400, "malformed_json"),
        (b'{"limit": NaN}', "application/json", 400, "malformed_json"),
        (b"[" * 100_000, "application/json", 400, "malformed_json"),
        (b'{"filter":' + b'{"a":' * 800 + b"1" + b"}" * 801, "application/json", 400, None),
        (b"q=dress", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}", "", 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_is_no_request_is_refused(
    service: Service, data: bytes, content_type: str, status: int, code: str | None
) -> None:
    response = service.client.post("/v1/search", data=data, content_type=content_type)
    assert response.status_code == status
    assert code in {None, error_of(response)["code"]}


def test_a_body_that_is_too_large_is_not_read(service: Service) -> None:
    response = service.client.post(
        "/v1/search", data=b" " * 16_000_001, content_type="application/json"
    )
    assert response.status_code == 413
    error = error_of(response)
    assert error["code"] == "too_large"
    assert "16000000 bytes" in error["message"]


def test_unknown_routes_and_methods_have_the_same_shape(service: Service) -> None:
    response = service.client.get("/v2/search")
    assert response.status_code == 404
    assert error_of(response)["code"] == "not_found"
    response = service.client.delete("/v1/search")
    assert response.status_code == 405
    assert error_of(response)["code"] == "method_not_allowed"
    assert "POST" in response.headers["Allow"]


def test_an_error_that_nobody_foresaw_shows_nothing_of_its_insides(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_request: object) -> None:
        raise RuntimeError("a secret of the insides")

    # Of this service alone: others of the test run may still be warming up.
    monkeypatch.setattr(service.services.search, "search", fail)
    response = service.post("/v1/search", {"q": "dress"})
    assert response.status_code == 500
    error = error_of(response)
    assert error["code"] == "internal_error"
    assert "secret" not in response.get_data(as_text=True)
    assert error["request_id"]


def test_a_request_id_of_the_caller_comes_back(service: Service) -> None:
    headers = {"X-Request-Id": "shop-42.a"}
    response = service.client.get("/v1/search?q=dress", headers=headers)
    assert response.headers["X-Request-Id"] == "shop-42.a"
    for bad in ("a b", "x" * 65, "<script>"):
        response = service.client.get("/v1/search?q=dress", headers={"X-Request-Id": bad})
        assert response.headers["X-Request-Id"] not in {bad, ""}
