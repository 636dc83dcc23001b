"""Bodies of searches, as far as their shape is a promise."""

import json
from typing import Any

import numpy as np
import pytest

from hybrid_search.engines.elasticsearch.queries import (
    page_searches,
    position_after,
    retrieval_legs,
)
from hybrid_search.engines.port import (
    FacetRequest,
    PagePlan,
    ResultSet,
    RetrievalPlan,
    SortOrder,
    VectorClause,
    VectorField,
)
from hybrid_search.query.filters import RangeFilter, TermsFilter
from tests.contracts.shop import words

TEXT = VectorClause(
    VectorField("text_vector", 2, "single", "flat", "e", "f"), np.ones(2, dtype=np.float32), 0.25
)
IMAGE = VectorClause(
    VectorField("image_vector", 2, "multi", "flat", "e", "f"), np.ones(2, dtype=np.float32)
)
ACME = TermsFilter("brand", ("Acme",))
RED = TermsFilter("color", ("red",))


def named_queries(body: object) -> set[str]:
    """Return all names that scores come back under."""
    if isinstance(body, dict):
        own = {body["_name"]} if "_name" in body else set()
        return own.union(*map(named_queries, body.values()), set())
    return set().union(*map(named_queries, body)) if isinstance(body, list) else set()


def test_every_leg_scores_every_signal() -> None:
    plan = RetrievalPlan(ResultSet(words("red dress"), (TEXT, IMAGE)), window=50)
    legs = retrieval_legs("products-1", plan, deadline_ms=None)
    assert [leg.signal for leg in legs] == ["lexical", "text_vector", "image_vector"]
    for leg in legs:
        assert {"lexical", "text_vector", "image_vector"} <= named_queries(leg.body)
        assert leg.body["size"] == 50
        assert leg.header["index"] == "products-1"
        for rescore in leg.body["rescore"]:
            weights = (rescore["query"]["query_weight"], rescore["query"]["rescore_query_weight"])
            assert weights == (1.0, 0.0), "completing changes no order"


def test_a_boosted_value_has_a_leg_for_every_signal() -> None:
    plan = RetrievalPlan(ResultSet(words("red"), (TEXT,)), window=5, boosted=(ACME, RED))
    legs = retrieval_legs("products-1", plan, deadline_ms=None)
    assert [(leg.signal, leg.is_boosted) for leg in legs] == [
        *(("lexical", False), ("text_vector", False)),
        *(("lexical", True), ("text_vector", True)),
        *(("lexical", True), ("text_vector", True)),
    ]
    assert "Acme" not in json.dumps(legs[0].body)
    assert all("Acme" in json.dumps(leg.body) for leg in legs[2:4])


def test_filters_and_hides_are_within_every_leg() -> None:
    results = ResultSet(words("red"), (TEXT,), filters=(ACME,), hidden=(RED,))
    lexical, vector = retrieval_legs("p", RetrievalPlan(results, 5), deadline_ms=None)
    expected = {
        "filter": [{"terms": {"brand": ["Acme"]}}],
        "must_not": [{"terms": {"color": ["red"]}}],
    }
    assert expected.items() <= lexical.body["query"]["bool"].items()
    assert vector.body["knn"]["filter"] == {"bool": expected}, "before neighbours are chosen"


@pytest.mark.parametrize("deadline_ms", [None, 250])
def test_a_deadline_is_told_to_the_server(deadline_ms: int | None) -> None:
    expected = None if deadline_ms is None else "250ms"
    plan = RetrievalPlan(ResultSet(words("red"), (TEXT,)), window=5)
    bodies = [leg.body for leg in retrieval_legs("p", plan, deadline_ms=deadline_ms)]
    pages = page_searches("p", PagePlan(ResultSet(), limit=5), deadline_ms=deadline_ms)
    bodies += [body for _, body in pages.values()]
    assert {body.get("timeout") for body in bodies} == {expected}


def test_a_facet_leaves_out_the_filters_of_its_own_field_alone() -> None:
    plan = PagePlan(
        ResultSet(filters=(ACME, RED, RangeFilter("price", gte=5.0))),
        facets=(FacetRequest("brand", 7), FacetRequest("material", 7)),
    )
    _, body = page_searches("p", plan, deadline_ms=None)["totals"]
    shared = json.dumps(body["query"])
    assert "red" in shared
    assert "price" in shared
    assert "Acme" not in shared
    aggregations = body["aggs"]
    assert "Acme" in json.dumps(aggregations["total"])
    assert "Acme" not in json.dumps(aggregations["facet:brand"])
    assert "Acme" in json.dumps(aggregations["facet:material"])


def test_a_page_of_a_ranking_asks_for_its_products_by_id() -> None:
    searches = page_searches("p", PagePlan(ResultSet(), ("b", "a")), deadline_ms=None)
    assert list(searches) == ["totals", "products"]
    _, body = searches["products"]
    assert body["query"] == {"ids": {"values": ["b", "a"]}}
    assert body["size"] == 2
    assert list(page_searches("p", PagePlan(ResultSet()), deadline_ms=None)) == ["totals"]


def test_an_ordered_list_ends_ties_by_id_and_puts_what_lacks_the_field_last() -> None:
    plan = PagePlan(ResultSet(), sort=SortOrder("price", is_descending=True), limit=5)
    _, body = page_searches("p", plan, deadline_ms=None)["products"]
    assert body["sort"] == [{"price": {"order": "desc", "missing": "_last"}}, {"id": "asc"}]
    assert "search_after" not in body


def hit(*position: object) -> dict[str, Any]:
    return {"sort": list(position)}


def test_a_list_goes_on_behind_its_last_product_until_a_page_is_not_full() -> None:
    plan = PagePlan(ResultSet(), limit=2)
    assert position_after(plan, [hit(2.0, "a"), hit(1.0, "b")]) == (1.0, "b")
    assert position_after(plan, [hit(2.0, "a")]) == ()
    assert position_after(plan, []) == ()


def test_a_ranking_has_no_position() -> None:
    assert position_after(PagePlan(ResultSet(), ("a",)), [hit()]) == ()


def test_nothing_that_a_shopper_types_is_query_syntax() -> None:
    text = 'title:red* AND (dress OR "x") -y ~2 ^5 \\ / {"match_all": {}}'
    plan = RetrievalPlan(ResultSet(words(text)), window=5)
    (leg,) = retrieval_legs("p", plan, deadline_ms=None)
    body = json.dumps(leg.body)
    assert "query_string" not in body
    assert "match_all" not in body
    for operator in ("*", '\\"x\\"', "~", "^5", "{\\", "AND", "title:"):
        assert operator not in body.replace("title^", "")
