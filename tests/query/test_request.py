"""Requests: what is refused, and in which words."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.errors import InvalidRequestError
from hybrid_search.query.filters import RangeFilter, TermsFilter, value_text
from hybrid_search.query.request import SearchRequest

BOOST = {"field": "brand", "value": "Acme", "factor": 2}
LONGEST_MESSAGE = 1500

REFUSED: tuple[tuple[Any, str], ...] = (
    (None, "request: has to be an object, got None"),
    ("red dress", "request: has to be an object, got 'red dress'"),
    ({1: 2}, "1: names have to be texts"),
    ({"qq": "x"}, "qq: unknown field; did you mean 'q'?"),
    ({"filters": {}}, "filters: unknown field; did you mean 'filter'?"),
    ({"hybrid": {"weigths": {}}}, "hybrid.weigths: unknown field; did you mean 'weights'?"),
    ({"zzz": 1}, "zzz: unknown field; fields are: q, filter, facets,"),
    ({"q": 5}, "q: has to be a text, got 5"),
    ({"q": None}, "q: has to be a text, got None"),
    ({"q": "a" * 501}, "q: has 501 characters; give at most 500"),
    ({"q": "\ud800"}, "q: has half of a surrogate pair"),
    ({"limit": -1}, "limit: has to be greater than or equal to 0, got -1"),
    ({"limit": 251}, "limit: has to be less than or equal to 250, got 251"),
    ({"limit": 10**40}, "limit: has to be less than or equal to 250"),
    ({"limit": "10"}, "limit: has to be a whole number, got '10'"),
    ({"limit": 1.5}, "limit: has to be a whole number, got 1.5"),
    ({"limit": True}, "limit: has to be a whole number, got True"),
    ({"offset": -1}, "offset: has to be greater than or equal to 0, got -1"),
    ({"hybrid": None}, "hybrid: has to be an object, got None"),
    ({"hybrid": {"window": 1001}}, "hybrid.window: has to be less than or equal to 1000"),
    ({"hybrid": {"window": 0}}, "hybrid.window: has to be greater than or equal to 1, got 0"),
    ({"hybrid": {"method": "magic"}}, "hybrid.method: has to be 'convex' or 'rrf', got 'magic'"),
    ({"hybrid": {"weights": {"lexical": math.nan}}}, "weights.lexical: has to be a finite number"),
    ({"hybrid": {"weights": {"lexical": -1}}}, "weights.lexical: has to be greater than or equal"),
    ({"filter": []}, "filter: has to be an object, got []"),
    ({"filter": {"brand": []}}, "filter.brand: has no values; give at least one"),
    ({"filter": {"brand": None}}, "filter.brand: has to be a text, a finite number, true or false"),
    ({"filter": {"brand": [["a"]]}}, "filter.brand.0: has to be a text"),
    ({"filter": {"brand": ["x"] * 501}}, "filter.brand: has 501 entries; give at most 500"),
    ({"filter": {"brand": "\udc80"}}, "filter.brand: has half of a surrogate pair"),
    ({"filter": {"price": math.nan}}, "filter.price: has to be a text, a finite number"),
    ({"filter": {"price": 10**400}}, "filter.price: has to be a text, a finite number"),
    ({"filter": {"price": {}}}, "filter.price: needs at least one of gte, gt, lte, lt"),
    ({"filter": {"price": {"gte": 1, "gt": 2}}}, "filter.price: takes one of gte and gt"),
    ({"filter": {"price": {"lte": 1, "lt": 2}}}, "filter.price: takes one of gte and gt"),
    ({"filter": {"price": {"gtee": 1}}}, "filter.price.gtee: unknown field; did you mean 'gte'?"),
    ({"filter": {"price": {"gte": math.inf}}}, "filter.price.gte: has to be a finite number"),
    ({"filter": {"price": {"gte": True}}}, "filter.price.gte: has to be a finite number"),
    ({"filter": {f"f{n}": "x" for n in range(51)}}, "filter: has 51 entries; give at most 50"),
    ({"facets": "brand"}, "facets: has to be a list, got 'brand'"),
    ({"facets": ["brand"] * 31}, "facets: has 31 entries; give at most 30"),
    ({"facet_size": 0}, "facet_size: has to be greater than or equal to 1"),
    ({"sort": "price"}, "sort: has to be an object, got 'price'"),
    ({"sort": {"field": "brand"}}, "sort.field: has to be 'id', 'title', 'price'"),
    ({"sort": {"field": "price", "order": "up"}}, "sort.order: has to be 'asc' or 'desc'"),
    ({"boosts": {"brand": 2}}, "boosts: has to be a list"),
    ({"boosts": [BOOST] * 21}, "boosts: has 21 entries; give at most 20"),
    ({"boosts": [{**BOOST, "factor": 0}]}, "boosts.0.factor: has to be greater than 0, got 0"),
    ({"boosts": [{**BOOST, "factor": -1}]}, "boosts.0.factor: has to be greater than 0, got -1"),
    ({"boosts": [{**BOOST, "factor": math.inf}]}, "boosts.0.factor: has to be a finite number"),
    ({"boosts": [{**BOOST, "value": None}]}, "boosts.0.value: has to be a text, a finite number"),
    ({"boosts": [{"field": "brand", "value": "x"}]}, "boosts.0.factor: is missing"),
    ({"diversity": {"depth": 0}}, "diversity.depth: has to be greater than or equal to 1"),
    ({"cursor": "x" * 100_001}, "cursor: has 100001 characters; give at most 100000"),
    ({"collapse": "yes"}, "collapse: has to be true or false, got 'yes'"),
)


@pytest.mark.parametrize(("data", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_bad_input_is_refused_with_path_value_and_remedy(data: Any, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        SearchRequest.parse(data)
    assert message in str(caught.value)
    assert str(caught.value).count(";") <= 2, "one problem is told once"


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        SearchRequest.parse({"limit": -1, "offset": -1, "facets": 5})
    for path in ("limit: ", "offset: ", "facets: "):
        assert path in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        {"q": "a" * 10_000},
        {"x" * 10_000: 1},
        {f"x{n}": 1 for n in range(1000)},
        {"filter": {"brand": {"gte": ["x" * 10_000]}}},
        {"filter": {"brand": ["x" * 10_000, None]}},
        {"boosts": [{"field": n} for n in range(20)]},
        {"sort": {"field": "x" * 10_000}},
    ],
    ids=lambda data: str(data)[:30],
)
def test_a_message_never_echoes_what_is_too_long(data: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        SearchRequest.parse(data)
    assert len(str(caught.value)) < LONGEST_MESSAGE


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*SearchRequest.model_fields, "other"]), json_values))
def test_any_json_is_a_request_or_is_refused_in_words(data: dict[str, Any]) -> None:
    message = "none"
    try:
        request = SearchRequest.parse(data)
        assert SearchRequest.parse(request.model_dump()) == request
    except InvalidRequestError as error:
        message = str(error)
    assert 0 < len(message) < LONGEST_MESSAGE


def test_an_empty_request_is_a_browse_of_defaults() -> None:
    request = SearchRequest.parse({})
    assert (request.q, request.filters, request.limit, request.offset) == ("", (), 24, 0)


def test_filters_come_as_values_lists_or_bounds() -> None:
    text = '{"brand": ["A", "B"], "color": "red", "in_stock": true, "price": {"gte": 10, "lt": 20}}'
    assert SearchRequest.parse({"filter": json.loads(text)}).filters == (
        TermsFilter("brand", ("A", "B")),
        TermsFilter("color", ("red",)),
        TermsFilter("in_stock", (True,)),
        RangeFilter("price", gte=10.0, lt=20.0),
    )


def test_large_whole_numbers_are_not_rounded() -> None:
    (wanted,) = SearchRequest.parse({"filter": {"id": 9007199254740993}}).filters
    assert isinstance(wanted, TermsFilter)
    assert [value_text(value) for value in wanted.values] == ["9007199254740993"]


def test_booleans_stay_apart_from_numbers() -> None:
    (wanted,) = SearchRequest.parse({"filter": {"attributes.x": [True, 1, 1.5, "1"]}}).filters
    assert isinstance(wanted, TermsFilter)
    assert [type(value) for value in wanted.values] == [bool, int, float, str]
