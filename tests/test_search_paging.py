"""Pages: any split of a list into pages shows the same list."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_search.building import IndexOptions
from hybrid_search.errors import ExpiredError, InvalidCursorError, InvalidRequestError
from hybrid_search.indexing import Indexer
from tests.fashion_shop import ALIAS, CATALOG, FashionShop, ids, open_hybrid_shop
from tests.word_encoder import WordEncoder

ALL = 250
page_sizes = st.lists(st.integers(1, 40), min_size=1, max_size=12)

RANKED: tuple[dict[str, Any], ...] = (
    {"q": "red dress"},
    {"q": "red dress", "hybrid": {"method": "rrf"}},
    {"q": "red dress", "hybrid": {"window": 13}},
    {"q": "silk", "collapse": True},
    {"q": "red dress", "diversity": {"mmr_lambda": 0.5, "depth": 20, "brand_cap": 2}},
    {"q": "boots", "boosts": [{"field": "brand", "value": "Coco", "factor": 1.7}]},
)
LISTS: tuple[dict[str, Any], ...] = (
    {},
    {"q": "red dress", "sort": {"field": "price"}},
    {"q": "red dress", "sort": {"field": "price", "order": "desc"}},
    {"sort": {"field": "title"}},
    {"sort": {"field": "updated_at", "order": "desc"}},
    {"sort": {"field": "id", "order": "desc"}, "filter": {"color": ["red", "blue"]}},
    {"collapse": True},
    {"sort": {"field": "popularity"}, "collapse": True},
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FashionShop]:
    with open_hybrid_shop(tmp_path_factory.mktemp("paging")) as shop:
        yield shop


def pages(shop: FashionShop, sizes: list[int], request: dict[str, Any]) -> Iterator[list[str]]:
    """Follow the cursors to the end, with these page sizes in turn."""
    cursor: str | None = None
    turn = 0
    while True:
        further = {} if cursor is None else {"cursor": cursor}
        response = shop.search(**request, **further, limit=sizes[turn % len(sizes)])
        yield ids(response)
        cursor = response.next_cursor
        turn += 1
        if cursor is None:
            return


@pytest.mark.parametrize("request_fields", RANKED, ids=str)
@settings(max_examples=20)
@given(sizes=page_sizes)
def test_any_split_of_a_ranking_into_pages_shows_the_ranking(
    shop: FashionShop, request_fields: dict[str, Any], sizes: list[int]
) -> None:
    whole = ids(shop.search(**request_fields, limit=ALL))
    found: list[str] = []
    for size in sizes:
        page = shop.search(**request_fields, limit=size, offset=len(found))
        assert [hit.rank for hit in page.hits] == [
            len(found) + place for place in range(1, len(page.hits) + 1)
        ]
        found += ids(page)
    assert found == whole[: sum(sizes)]


@pytest.mark.parametrize("request_fields", LISTS, ids=str)
@settings(max_examples=20)
@given(sizes=page_sizes)
def test_cursors_reach_the_end_without_repeat_or_loss(
    shop: FashionShop, request_fields: dict[str, Any], sizes: list[int]
) -> None:
    whole = shop.search(**request_fields, limit=ALL)
    assert whole.next_cursor is None
    found = list(pages(shop, sizes, request_fields))
    assert [product_id for page in found for product_id in page] == ids(whole)
    assert len(ids(whole)) == whole.total == whole.reachable


def test_an_offset_beyond_the_end_shows_nothing_and_keeps_the_total(shop: FashionShop) -> None:
    whole = shop.search("dress", facets=["brand"])
    beyond = shop.search("dress", facets=["brand"], offset=10**12)
    assert beyond.hits == ()
    assert (beyond.total, beyond.reachable, beyond.facets) == (
        whole.total,
        whole.reachable,
        whole.facets,
    )


def test_a_limit_of_nothing_still_counts(shop: FashionShop) -> None:
    for q in ("dress", ""):
        response = shop.search(q, limit=0, facets=["brand"])
        assert response.hits == ()
        assert response.total == shop.search(q).total > 0
        assert response.facets["brand"]


def test_a_cursor_outlives_another_page_size_and_other_facets(shop: FashionShop) -> None:
    first = shop.search(limit=5)
    second = shop.search(limit=9, facets=["brand"], cursor=first.next_cursor)
    assert ids(first) + ids(second) == ids(shop.search(limit=14))


@pytest.mark.parametrize(
    "other",
    [
        {"q": "red"},
        {"filter": {"brand": "Acme"}},
        {"sort": {"field": "id"}},
        {"collapse": True},
    ],
    ids=str,
)
def test_a_cursor_of_another_request_is_refused(shop: FashionShop, other: dict[str, Any]) -> None:
    cursor = shop.search(limit=5).next_cursor
    with pytest.raises(InvalidCursorError, match="another q, filter, sort or collapse"):
        shop.search(**other, cursor=cursor)


def test_a_cursor_goes_on_in_the_generation_it_began_in(tmp_path: Path) -> None:
    with open_hybrid_shop(tmp_path) as shop:
        request: dict[str, Any] = {"q": "red", "sort": {"field": "price"}, "limit": 10}
        whole = ids(shop.search(**{**request, "limit": ALL}))
        first = shop.search(**request)
        _reindex(shop, 30)
        assert shop.search().total == 30
        second = shop.search(**request, cursor=first.next_cursor)
        assert ids(first) + ids(second) == whole[:20]
        assert (second.total, second.applied) == (first.total, first.applied)
        _reindex(shop, 60)
        with pytest.raises(ExpiredError, match="is gone; start without a cursor"):
            shop.search(**request, cursor=first.next_cursor)


def test_a_ranked_search_takes_no_cursor(shop: FashionShop) -> None:
    cursor = shop.search(limit=5).next_cursor
    with pytest.raises(InvalidRequestError, match="cursor"):
        shop.search("red dress", cursor=cursor)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"offset": 5}, "offset: a browse without words in q takes none; page with cursor"),
        ({"sort": {"field": "id"}, "q": "x", "offset": 5}, "offset: a list sorted by a field"),
        (
            {"boosts": [{"field": "brand", "value": "Acme", "factor": 2}]},
            "boosts: a browse without words in q takes none; give q and no sort",
        ),
        ({"diversity": {"brand_cap": 1}}, "diversity: a browse without words"),
    ],
)
def test_a_list_refuses_what_only_a_ranking_has(
    shop: FashionShop, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        shop.search(**fields)


def _reindex(shop: FashionShop, size: int) -> None:
    indexer = Indexer(shop.engine, WordEncoder(), IndexOptions(ALIAS, "english"))
    indexer.reindex(CATALOG[:size], estimated_products=size)
