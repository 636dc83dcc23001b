"""Answers as JSON."""

import json
from collections.abc import Iterator

import pytest

from hybrid_search.catalog.record import parse_product
from tests.fashion_shop import FashionShop, open_hybrid_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FashionShop]:
    with open_hybrid_shop(tmp_path_factory.mktemp("response")) as shop:
        yield shop


def test_a_ranked_answer_survives_json_with_every_term(shop: FashionShop) -> None:
    boost = {"field": "brand", "value": "Acme", "factor": 1.5}
    response = shop.search("red dress", facets=["brand"], boosts=[boost], explain=True)
    data = json.loads(json.dumps(response.as_dict(), allow_nan=False))
    assert data["query_id"] == response.query_id
    assert (data["total"], data["reachable"]) == (response.total, response.reachable)
    assert data["applied"] == {
        "generation": shop.report.generation.name,
        "profile": "default",
        "profile_version": 1,
    }
    assert data["facets"]["brand"][0] == {
        "value": response.facets["brand"][0].value,
        "count": response.facets["brand"][0].count,
    }
    assert "next_cursor" not in data
    for hit, shown in zip(response.hits, data["hits"], strict=True):
        assert parse_product(shown["product"]) == hit.product
        explanation = shown["explanation"]
        rebuilt = sum(term["contribution"] for term in explanation["terms"])
        for applied in explanation["boosts"]:
            rebuilt *= applied["factor"]
        assert rebuilt == shown["final_score"] == hit.final_score
        assert shown["rank"] == hit.rank


def test_a_list_has_a_cursor_and_no_scores(shop: FashionShop) -> None:
    data = shop.search(limit=2).as_dict()
    assert data["next_cursor"]
    assert [set(hit) for hit in data["hits"]] == [{"product_id", "product"}] * 2


def test_every_answer_has_an_id_of_its_own_and_its_times(shop: FashionShop) -> None:
    answers = [shop.search("red dress") for _ in range(3)]
    assert len({answer.query_id for answer in answers}) == 3
    stages = ["parse", "encode", "retrieve", "rank", "page", "snapshot", "total"]
    assert all(list(answer.took_ms) == stages for answer in answers)
