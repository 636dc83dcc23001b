"""What counts as a defect of the service."""

import json
from typing import Any

import pytest

from fuzz.messages import Answer, HttpRequest
from fuzz.verdict import Verdict
from tests.api.conftest import Service, service, settings

__all__ = ["service", "settings"]

REQUEST = HttpRequest("POST", "/v1/search", "/v1/search", b"{}")
ERROR = {"error": {"code": "invalid_request", "message": "no", "request_id": "1"}}


@pytest.fixture
def verdict(service: Service) -> Verdict:
    return Verdict(service.client.get("/openapi.json").get_json())


def answer_of(service: Service, body: Any) -> dict[str, Any]:
    data: dict[str, Any] = service.post("/v1/search", body).get_json()
    return data


def answered(status: int, data: Any) -> Answer:
    return Answer(status, json.dumps(data).encode(), {})


def test_real_answers_and_errors_are_no_defects(service: Service, verdict: Verdict) -> None:
    page = answer_of(service, {"q": "red dress", "facets": ["brand"], "explain": True})
    assert page["hits"]
    assert verdict.defect(REQUEST, answered(200, page)) is None
    assert verdict.defect(REQUEST, answered(400, answer_of(service, {"limt": 1}))) is None


@pytest.mark.parametrize(
    ("status", "data", "defect"),
    [
        (0, "timed out", "no answer"),
        (500, ERROR, "status 500"),
        (502, ERROR, "status 502"),
        (418, ERROR, "undocumented status 418"),
        (400, {"error": "no"}, "no ErrorAnswer"),
        (200, {"hits": []}, "no SearchAnswer"),
        (200, ERROR, "no SearchAnswer"),
    ],
)
def test_other_answers_are(verdict: Verdict, status: int, data: Any, defect: str) -> None:
    found = verdict.defect(REQUEST, answered(status, data))
    assert found is not None
    assert found.startswith(defect)


@pytest.mark.parametrize(
    ("change", "defect"),
    [
        (lambda page: page["hits"][0].update(final_score=None), "finite score"),
        (lambda page: page.update(reachable=page["total"] + 1), "reachable"),
        (lambda page: page.update(secret=1), "Extra inputs"),
    ],
)
def test_a_page_that_is_wrong_is_found(
    service: Service, verdict: Verdict, change: Any, defect: str
) -> None:
    page = answer_of(service, {"q": "red dress"})
    change(page)
    found = verdict.defect(REQUEST, answered(200, page))
    assert found is not None
    assert defect in found
