"""Searching over HTTP gives the answers of the library."""

import json
from typing import Any

import pytest

from hybrid_search.api.schemas import ProductAnswer, SearchAnswer
from hybrid_search.catalog.record import parse_product
from hybrid_search.query.request import SearchRequest
from tests.api.conftest import Service
from tests.fashion_shop import CATALOG

REQUEST: dict[str, Any] = {
    "q": "red dress",
    "filter": {"color": ["red"], "price": {"lte": 20}},
    "facets": ["brand"],
    "boosts": [{"field": "brand", "value": "Acme", "factor": 1.5}],
    "limit": 3,
    "explain": True,
}
PARAMETERS = {
    "q": "red dress",
    "filter": '{"color": ["red"], "price": {"lte": 20}}',
    "facets": "brand",
    "boosts": '[{"field": "brand", "value": "Acme", "factor": 1.5}]',
    "limit": "3",
    "explain": "true",
}


def content(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in data.items()
        if name not in {"query_id", "took_ms", "snapshot"}
    }


def test_a_posted_search_is_answered_as_the_library_does(service: Service) -> None:
    response = service.post("/v1/search", REQUEST)
    assert response.status_code == 200
    data = response.get_json()
    SearchAnswer.model_validate(data, strict=True, extra="forbid")
    expected = service.services.search.search(SearchRequest.parse(REQUEST)).as_dict()
    assert content(data) == json.loads(json.dumps(content(expected)))
    assert data["hits"]


def test_query_parameters_say_the_same(service: Service) -> None:
    posted = service.post("/v1/search", REQUEST).get_json()
    response = service.client.get("/v1/search", query_string=PARAMETERS)
    assert content(response.get_json()) == content(posted)


def test_facets_can_be_repeated(service: Service) -> None:
    response = service.client.get("/v1/search?q=dress&facets=brand&facets=color")
    assert set(response.get_json()["facets"]) == {"brand", "color"}


def test_words_that_look_like_json_are_words(service: Service) -> None:
    response = service.client.get("/v1/search", query_string={"q": "12"})
    assert response.status_code == 200


def test_further_pages_go_on_by_snapshot(service: Service) -> None:
    whole = service.post("/v1/search", {"q": "dress", "limit": 250}).get_json()
    first = service.post("/v1/search", {"q": "dress", "limit": 2}).get_json()
    further = {"q": "dress", "limit": 4, "offset": 2, "snapshot": first["snapshot"]}
    second = service.post("/v1/search", further).get_json()
    assert first["hits"] + second["hits"] == whole["hits"][:6]
    assert second["query_id"] == first["query_id"]


def test_an_expired_snapshot_is_gone(service: Service) -> None:
    response = service.post("/v1/search", {"q": "dress", "snapshot": "A" * 22})
    assert response.status_code == 410
    assert response.get_json()["error"]["code"] == "expired"


def test_a_snapshot_of_another_query_is_refused(service: Service) -> None:
    first = service.post("/v1/search", {"q": "dress"}).get_json()
    response = service.post("/v1/search", {"q": "skirt", "snapshot": first["snapshot"]})
    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == "invalid_snapshot"


def test_similar_products_and_one_product(service: Service) -> None:
    response = service.client.get("/v1/similar/p000?limit=3")
    SearchAnswer.model_validate(response.get_json(), strict=True)
    assert len(response.get_json()["hits"]) == 3
    response = service.client.get("/v1/products/p000")
    ProductAnswer.model_validate(response.get_json(), strict=True)
    assert parse_product(response.get_json()["product"]) == CATALOG[0]


@pytest.mark.parametrize("path", ["/v1/products/no/such", "/v1/similar/none"])
def test_a_product_that_is_not_there_is_named(service: Service, path: str) -> None:
    response = service.client.get(path)
    assert response.status_code == 404
    error = response.get_json()["error"]
    assert error["code"] == "product_not_found"
    assert path.removeprefix("/v1/products/").removeprefix("/v1/similar/") in error["message"]


def test_an_engine_of_our_own_has_no_plans(service: Service) -> None:
    response = service.post("/v1/plan", {"request": {"q": "dress"}})
    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == "plan_unsupported"


def test_every_search_is_logged_and_further_pages_are_not(service: Service) -> None:
    seen: list[Any] = []
    log = service.services.query_log
    first = service.post("/v1/search", {"q": "blue boots", "limit": 1}).get_json()
    service.post(
        "/v1/search", {"q": "blue boots", "limit": 1, "offset": 1, "snapshot": first["snapshot"]}
    )
    log._try(log._write_waiting)
    with service.database.reading() as connection:
        rows = connection.exec_driver_sql("select q, total from query_log").fetchall()
    seen = [tuple(row) for row in rows if row[0] == "blue boots"]
    assert seen == [("blue boots", first["total"])]
