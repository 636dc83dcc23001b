"""Further pages are cut from the ranking that the first page was cut from."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_search.building import IndexOptions
from hybrid_search.engines.port import Degradation, ProductDelete, ProductWrite
from hybrid_search.errors import (
    ExpiredError,
    InvalidSnapshotError,
    SnapshotsUnavailableError,
)
from hybrid_search.indexing import Indexer
from hybrid_search.snapshots import MemorySnapshots, Snapshot
from tests.fashion_shop import ALIAS, CATALOG, FashionShop, ids, open_hybrid_shop, search_service
from tests.word_encoder import WordEncoder

ALL = 250
BOOST = {"field": "brand", "value": "Acme", "factor": 1.5}
REQUESTS: tuple[dict[str, Any], ...] = (
    {"q": "red dress"},
    {"q": "red dress", "hybrid": {"method": "rrf"}, "boosts": [BOOST]},
    {"q": "silk", "collapse": True, "diversity": {"brand_cap": 1}},
)


class DownSnapshots(MemorySnapshots):
    """A store that cannot be reached."""

    def put(self, snapshot: Snapshot) -> None:
        del snapshot
        raise SnapshotsUnavailableError("the store of snapshots is down")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FashionShop]:
    with open_hybrid_shop(tmp_path_factory.mktemp("snapshots")) as shop:
        yield shop


@pytest.mark.parametrize("request_fields", REQUESTS, ids=str)
@settings(max_examples=20)
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_pages_of_a_snapshot_are_its_ranking(
    shop: FashionShop, request_fields: dict[str, Any], sizes: list[int]
) -> None:
    whole = shop.search(**request_fields, limit=ALL)
    first = shop.search(**request_fields, limit=sizes[0])
    assert first.snapshot
    hits = list(first.hits)
    for size in sizes[1:]:
        page = shop.search(**request_fields, snapshot=first.snapshot, limit=size, offset=len(hits))
        assert (page.total, page.reachable) == (first.total, first.reachable)
        assert (page.applied, page.query_id) == (first.applied, first.query_id)
        assert page.snapshot == first.snapshot
        hits += page.hits
    assert hits == list(whole.hits[: sum(sizes)])


def test_a_snapshot_keeps_its_order_while_products_change(tmp_path: Path) -> None:
    with open_hybrid_shop(tmp_path) as shop:
        before = ids(shop.search("red dress", limit=ALL))
        first = shop.search("red dress", limit=3, facets=["brand"])
        name = shop.report.generation.name
        shop.engine.write(name, [ProductDelete(before[4], 2**62)])
        changed = replace(CATALOG[0], id="new", title="red dress red dress")
        shop.engine.write(name, [ProductWrite(changed, 2**62)])
        page = shop.search(
            "red dress", snapshot=first.snapshot, offset=3, limit=3, facets=["brand"]
        )
        assert ids(page) == [before[3], before[5]]
        assert [hit.rank for hit in page.hits] == [4, 6]
        assert (page.total, page.facets) == (first.total, first.facets)


def test_a_snapshot_stays_in_its_generation_until_that_is_gone(tmp_path: Path) -> None:
    with open_hybrid_shop(tmp_path) as shop:
        whole = ids(shop.search("red dress", limit=ALL))
        first = shop.search("red dress", limit=2)
        further = {"snapshot": first.snapshot, "offset": 2, "limit": 2}
        indexer = Indexer(shop.engine, WordEncoder(), IndexOptions(ALIAS, "english"))
        indexer.reindex(CATALOG[:30], estimated_products=30)
        page = shop.search("red dress", **further)
        assert ids(page) == whole[2:4]
        assert page.applied.generation == shop.report.generation.name
        indexer.reindex(CATALOG[:30], estimated_products=30)
        with pytest.raises(ExpiredError, match="has expired"):
            shop.search("red dress", **further)


def test_similar_products_page_by_their_own_snapshot(shop: FashionShop) -> None:
    whole = ids(shop.similar("p000", limit=ALL))
    first = shop.similar("p000", limit=1)
    page = shop.similar("p000", snapshot=first.snapshot, offset=1, limit=5)
    assert ids(page) == whole[1:6]
    with pytest.raises(InvalidSnapshotError, match="belongs to another request"):
        shop.similar("p001", snapshot=first.snapshot)


def test_explanations_of_a_first_page_are_there_for_further_ones(shop: FashionShop) -> None:
    request = {"boosts": [BOOST], "explain": True}
    whole = shop.search("red dress", **request, limit=ALL)
    first = shop.search("red dress", **request, limit=2)
    page = shop.search("red dress", **request, snapshot=first.snapshot, offset=2, limit=5)
    for hit, expected in zip(page.hits, whole.hits[2:7], strict=True):
        assert hit.explanation == expected.explanation
        assert hit.explanation is not None
        assert hit.explanation.rebuild_final_score() == hit.final_score


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"q": "blue dress"}, "belongs to another request"),
        ({"filter": {"color": "red"}}, "belongs to another request"),
        ({"boosts": [BOOST]}, "belongs to another request"),
        ({"facets": ["color"]}, "has counted brand, not color"),
        ({"explain": True}, "has no explanations"),
        ({"cursor": "abc"}, "pages by offset"),
    ],
)
def test_a_snapshot_answers_its_own_request_alone(
    shop: FashionShop, change: dict[str, Any], message: str
) -> None:
    first = shop.search("red dress", limit=2, facets=["brand"])
    with pytest.raises(InvalidSnapshotError, match=message):
        shop.search(**{"q": "red dress", "snapshot": first.snapshot, **change})


def test_an_unknown_snapshot_has_expired(shop: FashionShop) -> None:
    with pytest.raises(ExpiredError, match="'gone' has expired; ask for the first page"):
        shop.search("red dress", snapshot="gone")


def test_a_store_that_is_down_costs_further_pages_and_nothing_else(shop: FashionShop) -> None:
    service = search_service(shop.engine, WordEncoder(), snapshots=DownSnapshots())
    response = replace(shop, service=service).search("red dress")
    assert ids(response) == ids(shop.search("red dress"))
    assert response.snapshot is None
    reason = "the store of snapshots is down; further pages are ranked anew"
    assert response.degraded == (Degradation("snapshot", reason),)


def test_a_list_has_no_snapshot(shop: FashionShop) -> None:
    assert shop.search(limit=2).snapshot is None
