"""Answers of searches in this package's terms."""

from typing import Any

from hybrid_search.engines.elasticsearch.queries import Leg
from hybrid_search.engines.elasticsearch.responses import (
    failure_of,
    read_candidates,
    read_page,
)
from hybrid_search.engines.port import FacetRequest, FacetValue, PagePlan, ResultSet, RetrievalPlan
from hybrid_search.ranking.candidate import LexicalScore
from tests.contracts.shop import words

PLAN = RetrievalPlan(ResultSet(words("red")), window=5, value_fields=("brand", "in_stock"))


def whole(*hits: dict[str, Any]) -> dict[str, Any]:
    return {"timed_out": False, "_shards": {"total": 1, "failed": 0}, "hits": {"hits": list(hits)}}


def hit(product_id: str, score: float, **fields: list[object]) -> dict[str, Any]:
    scores = {"lexical": score, "all_terms": 1.0} if score else {}
    fields = {"group_id": [product_id], **fields}
    return {"_id": product_id, "fields": fields, "matched_queries": scores}


def test_what_an_answer_lacks_is_named() -> None:
    assert failure_of(whole()) is None
    assert failure_of({"error": {"reason": "bad query"}, "status": 400}) == "bad query"
    assert failure_of({**whole(), "timed_out": True}) == "it was not done before its deadline"
    torn = {"total": 3, "failed": 2, "failures": [{"reason": {"reason": "node left"}}]}
    assert failure_of({**whole(), "_shards": torn}) == "2 of 3 shards failed: node left"
    silent = {"total": 3, "failed": 1}
    assert failure_of({**whole(), "_shards": silent}) == "1 of 3 shards failed: unknown"


def test_candidates_have_their_scores_and_values() -> None:
    answer = whole(hit("b", 2.0, brand=["Acme"], in_stock=[True]), hit("a", 2.0))
    found, degraded = read_candidates([Leg("lexical", False, {}, {})], [answer], PLAN)  # noqa: FBT003
    assert degraded == ()
    assert found.legs == {"lexical": ("a", "b")}, "equal scores are ordered by id"
    assert found.candidates["b"].values == {"brand": ("Acme",), "in_stock": ("true",)}
    assert found.candidates["a"].values == {}
    assert found.candidates["a"].lexical == LexicalScore(2.0, has_all_terms=True)


def test_legs_of_boosts_add_candidates_and_no_ranking() -> None:
    legs = [Leg("lexical", False, {}, {}), Leg("lexical", True, {}, {})]  # noqa: FBT003
    answers = [whole(hit("a", 2.0)), whole(hit("a", 2.0), hit("z", 0.5))]
    found, _ = read_candidates(legs, answers, PLAN)
    assert found.legs == {"lexical": ("a",)}
    assert set(found.candidates) == {"a", "z"}


def test_a_failed_leg_of_a_boost_is_told_from_the_signals_own() -> None:
    legs = [Leg("lexical", False, {}, {}), Leg("lexical", True, {}, {})]  # noqa: FBT003
    late = {**whole(), "timed_out": True}
    _, degraded = read_candidates(legs, [late, late], PLAN)
    assert [part.stage for part in degraded] == ["retrieve:lexical", "retrieve:lexical:boosted"]


def test_totals_and_facets_count_products_or_their_groups() -> None:
    buckets = [
        {"key": 1, "key_as_string": "true", "doc_count": 5, "groups": {"value": 3}},
        {"key": "red", "doc_count": 4, "groups": {"value": 2}},
    ]
    aggregations = {
        "total": {"doc_count": 9, "groups": {"value": 5}},
        "facet:brand": {"values": {"buckets": buckets}},
    }
    for is_collapsed, total, counts in ((False, 9, (5, 4)), (True, 5, (3, 2))):
        plan = PagePlan(ResultSet(), facets=(FacetRequest("brand", 5),), is_collapsed=is_collapsed)
        page = read_page({"totals": {**whole(), "aggregations": aggregations}}, plan)
        assert page.total == total
        assert page.facets == {
            "brand": (FacetValue("true", counts[0]), FacetValue("red", counts[1]))
        }
