"""Addresses of the search page."""

import pytest
from werkzeug.datastructures import MultiDict

from hybrid_search.api.console.page_query import PageQuery
from hybrid_search.errors import InvalidRequestError


def read(*pairs: tuple[str, str]) -> PageQuery:
    return PageQuery.read(MultiDict(pairs))


def test_an_empty_address_is_a_browse_of_everything() -> None:
    query = read(("q", "  "), ("brand", ""), ("offset", ""), ("utm_source", "mail"))
    assert query == PageQuery()
    assert query.is_first_page
    assert query.request().filter == {}


def test_values_of_a_facet_add_up() -> None:
    query = read(("q", "coat"), ("brand", "A"), ("brand", "B"), ("brand", "A"), ("color", "red"))
    assert query.request().filter == {"brand": ("A", "B"), "color": ("red",)}
    assert query.toggled("brand", "C")["brand"] == ["A", "B", "C"]
    assert query.toggled("brand", "A") == {"q": "coat", "brand": ["B"], "color": ["red"]}
    assert query.toggled("color", "red") == {"q": "coat", "brand": ["A", "B"]}
    assert query.without_filters() == {"q": "coat"}


def test_another_filter_starts_at_the_first_page_of_a_new_ranking() -> None:
    query = read(("q", "coat"), ("snapshot", "S"), ("offset", "24"))
    assert not query.is_first_page
    assert query.toggled("brand", "A") == {"q": "coat", "brand": ["A"]}
    assert query.page_at(48, "S") == {"q": "coat", "snapshot": "S", "offset": 48}
    assert query.page_at(0, None) == {"q": "coat"}


@pytest.mark.parametrize("offset", ["x", "-1", "9" * 5000])
def test_an_offset_that_is_none_is_refused_with_its_value(offset: str) -> None:
    with pytest.raises(InvalidRequestError, match="offset"):
        read(("q", "coat"), ("offset", offset)).request()
