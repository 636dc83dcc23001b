"""The promises of the service on real servers; the rest of its tests run on SQLite."""

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from hybrid_search.bootstrap import SHIPPED_MAPPINGS
from hybrid_search.building import IndexOptions
from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.errors import EncoderMismatchError, InvalidCursorError
from hybrid_search.indexing import Indexer
from tests.contracts.shop import unique_alias
from tests.fashion_shop import CATALOG, FashionShop, ids, product_of, search_service
from tests.word_encoder import WordEncoder

ALL = 250


@pytest.fixture(scope="module")
def shop(elasticsearch_url: str) -> Iterator[FashionShop]:
    alias = unique_alias()
    engine = ElasticsearchEngine(
        Connection(elasticsearch_url),
        alias=alias,
        mappings=SHIPPED_MAPPINGS,
        shards=2,
        alias_ttl_ms=0,
    )
    encoder = WordEncoder()
    report = Indexer(engine, encoder, IndexOptions(alias, "english")).reindex(
        CATALOG, estimated_products=len(CATALOG)
    )
    yield FashionShop(engine, search_service(engine, encoder), report)
    engine.close()
    with Elasticsearch(elasticsearch_url) as client:
        client.indices.delete(index=report.generation.name)


@pytest.mark.parametrize("q", ["red dress", "crimson frock", "silk"])
def test_scores_add_up_and_pages_cut_one_ranking(shop: FashionShop, q: str) -> None:
    whole = shop.search(q, limit=ALL, explain=True)
    assert whole.hits
    assert whole.reachable == len(whole.hits)
    for hit in whole.hits:
        assert hit.explanation is not None
        assert hit.explanation.rebuild_final_score() == hit.final_score
    found = [
        pid for offset in range(0, 60, 7) for pid in ids(shop.search(q, limit=7, offset=offset))
    ]
    assert found == ids(whole)


def test_a_facet_counts_the_total_after_choosing_its_value(shop: FashionShop) -> None:
    fields = ("brand", "color", "category", "in_stock", "attributes.fit")
    facets = shop.search("red dress", facets=fields, limit=0).facets
    for field, values in facets.items():
        assert values
        for value in values:
            after = shop.search("red dress", filter={field: value.value}, limit=ALL)
            assert after.total == value.count == len(after.hits), (field, value)


def test_a_boost_moves_its_brand_alone_also_from_outside_the_window(shop: FashionShop) -> None:
    hybrid = {"window": 2}
    before = shop.search("sneakers", hybrid=hybrid)
    others = {product_of(hit).brand for hit in shop.search("sneakers", limit=ALL).hits}
    (brand, *_) = sorted(others - {product_of(hit).brand for hit in before.hits} - {None}, key=str)
    boost = {"field": "brand", "value": brand, "factor": 5}
    after = shop.search("sneakers", hybrid=hybrid, boosts=[boost], explain=True)
    scores = {hit.product_id: hit.final_score for hit in before.hits}
    lifted = [hit for hit in after.hits if product_of(hit).brand == brand]
    assert lifted
    assert lifted == list(after.hits[: len(lifted)])
    for hit in after.hits:
        assert hit.explanation is not None
        factor = 5 if hit in lifted else 1
        assert hit.final_score == hit.explanation.fused_score * factor
        assert hit in lifted or hit.final_score == scores[hit.product_id]


@pytest.mark.parametrize("sort", [None, "price", "title", "updated_at", "popularity"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_cursors_reach_the_end_without_repeat_or_loss(
    shop: FashionShop, sort: str | None, order: str
) -> None:
    request: dict[str, Any] = {"sort": {"field": sort, "order": order}} if sort else {}
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = shop.search(**request, limit=7, **cursor)
        found += ids(page)
        if page.next_cursor is None:
            break
        cursor = {"cursor": page.next_cursor}
    assert len(found) == len(set(found)) == page.total == len(CATALOG)
    assert found == ids(shop.search(**request, limit=ALL))


def test_dates_numbers_and_booleans_filter_as_on_the_other_engine(shop: FashionShop) -> None:
    wanted = {
        "price": ["10.0", 11.37],
        "in_stock": "true",
        "updated_at": {"gt": "2025-01-01", "lte": "2025-01-10"},
    }
    expected = [
        product.id
        for product in CATALOG
        if product.price_minor in {1000, 1137}
        and product.is_in_stock
        and product.updated_at is not None
        and 1 < product.updated_at.day <= 10
    ]
    assert expected
    assert sorted(ids(shop.search(filter=wanted, limit=ALL))) == expected


def test_similar_products_leave_out_the_variants(shop: FashionShop) -> None:
    response = shop.similar("p010", limit=ALL, explain=True)
    assert response.hits
    assert CATALOG[10].style_id not in {product_of(hit).style_id for hit in response.hits}


def test_a_failing_encoder_degrades_and_another_one_is_refused(shop: FashionShop) -> None:
    failing = FashionShop(
        shop.engine, search_service(shop.engine, WordEncoder(refused="dress")), shop.report
    )
    response = failing.search("red dress")
    assert response.hits
    assert [part.stage for part in response.degraded] == ["encode:text_vector"]
    other = WordEncoder(name="test:other", fingerprint="fedcba9876543210")
    stranger = FashionShop(shop.engine, search_service(shop.engine, other), shop.report)
    with pytest.raises(EncoderMismatchError, match=r"'test:words' .*'test:other'"):
        stranger.search("red dress")


def test_an_unknown_value_is_told_with_the_near_one(shop: FashionShop) -> None:
    notices = shop.search("dress", filter={"brand": "Acm"}).notices
    assert notices == ("no product has brand 'Acm'; did you mean 'Acme'?",)


def test_a_cursor_reads_no_other_index(shop: FashionShop) -> None:
    cursor = shop.search(limit=3).next_cursor
    assert cursor is not None
    with pytest.raises(InvalidCursorError):
        shop.search(limit=3, cursor=cursor.replace(cursor[3:9], "AAAAAA"))
