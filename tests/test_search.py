"""What a shopper's search returns: products, totals and facets that agree."""

from collections.abc import Iterator

import pytest

from hybrid_search.errors import UnknownFieldError
from tests.fashion_shop import CATALOG, FashionShop, ids, open_hybrid_shop, open_shop, product_of

ALL = 250
FACETS = ("brand", "color", "category", "in_stock", "attributes.fit")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FashionShop]:
    with open_hybrid_shop(tmp_path_factory.mktemp("hybrid")) as shop:
        yield shop


@pytest.fixture(scope="module")
def lexical_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FashionShop]:
    with open_shop(tmp_path_factory.mktemp("lexical")) as shop:
        yield shop


def test_without_an_encoder_words_alone_find_products(lexical_shop: FashionShop) -> None:
    response = lexical_shop.search("red skirt", limit=ALL, explain=True)
    titles = [product_of(hit).title.split() for hit in response.hits]
    assert {"red", "skirt"} <= set(titles[0])
    assert all(
        "red" in words or "skirt" in words or "Red" in str(product_of(hit).brand)
        for words, hit in zip(titles, response.hits, strict=True)
    )
    terms = [hit.explanation.terms for hit in response.hits if hit.explanation]
    assert all([term.signal for term in found] == ["lexical"] for found in terms)
    assert response.degraded == ()


def test_products_with_all_words_come_before_the_rest(lexical_shop: FashionShop) -> None:
    hits = lexical_shop.search("red skirt", limit=ALL, explain=True).hits
    complete = [bool(hit.explanation.terms[0].has_all_terms) for hit in hits if hit.explanation]
    assert complete == sorted(complete, reverse=True)
    assert {True, False} == set(complete)


def test_vectors_find_what_words_do_not(shop: FashionShop, lexical_shop: FashionShop) -> None:
    assert lexical_shop.search("crimson frock").total == 0
    found = shop.search("crimson frock")
    assert found.total > 0
    assert all(product_of(hit).title.endswith("dress") for hit in found.hits)


def test_nothing_at_all_is_an_honest_answer(shop: FashionShop) -> None:
    response = shop.search("xylophone", facets=["brand"])
    assert (response.hits, response.total, response.reachable) == ((), 0, 0)
    assert response.facets == {"brand": ()}
    assert response.notices == ()


def test_hits_have_ranks_and_falling_scores(shop: FashionShop) -> None:
    hits = shop.search("red dress", limit=ALL).hits
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    scores = [hit.final_score or 0.0 for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_the_window_ends_what_is_reachable_and_not_the_total(shop: FashionShop) -> None:
    whole = shop.search("dress", limit=ALL)
    cut = shop.search("dress", limit=ALL, hybrid={"window": 3})
    assert whole.total == whole.reachable == len(whole.hits) > 3
    assert (cut.total, cut.reachable) == (whole.total, 3)
    assert ids(cut) == ids(whole)[:3]


def test_the_total_does_not_depend_on_the_page(shop: FashionShop) -> None:
    totals = {
        shop.search("red", limit=limit, offset=offset).total
        for limit in (0, 1, ALL)
        for offset in (0, 7, 10_000)
    }
    assert len(totals) == 1


@pytest.mark.parametrize("q", ["red dress", "crimson frock", ""])
def test_a_facet_counts_the_total_after_choosing_its_value(shop: FashionShop, q: str) -> None:
    chosen = {"gender": "women"}
    facets = shop.search(q, facets=FACETS, facet_size=100, filter=chosen).facets
    assert set(facets) == set(FACETS)
    for field, values in facets.items():
        for value in values:
            after = shop.search(q, filter={**chosen, field: value.value}, limit=ALL)
            assert after.total == value.count == len(after.hits), (field, value)


def test_other_values_of_a_chosen_facet_keep_their_counts(shop: FashionShop) -> None:
    before = shop.search("dress", facets=["brand", "color"], limit=0)
    counts = {value.value: value.count for value in before.facets["brand"]}
    one = shop.search("dress", facets=["brand", "color"], filter={"brand": "Acme"})
    assert one.facets["brand"] == before.facets["brand"]
    assert sum(value.count for value in one.facets["color"]) == counts["Acme"]
    both = shop.search("dress", filter={"brand": ["Acme", "Coco"]}, limit=ALL)
    assert both.total == counts["Acme"] + counts["Coco"]
    assert {product_of(hit).brand for hit in both.hits} == {"Acme", "Coco"}


def test_facet_values_are_cut_to_the_size_asked_for(shop: FashionShop) -> None:
    whole = shop.search("dress", facets=["brand"]).facets["brand"]
    assert shop.search("dress", facets=["brand"], facet_size=2).facets["brand"] == whole[:2]


def test_a_repeated_facet_is_counted_once(shop: FashionShop) -> None:
    assert set(shop.search("dress", facets=["brand", "brand"]).facets) == {"brand"}


def test_collapsing_counts_styles(shop: FashionShop) -> None:
    single = shop.search("dress", limit=ALL)
    styles = shop.search("dress", limit=ALL, collapse=True, facets=["brand"])
    first_of_style: dict[str, str] = {}
    for hit in single.hits:
        first_of_style.setdefault(product_of(hit).group_id, hit.product_id)
    assert ids(styles) == list(first_of_style.values())
    assert styles.total == styles.reachable == len(first_of_style)
    for value in styles.facets["brand"]:
        after = shop.search("dress", collapse=True, filter={"brand": value.value})
        assert after.total == value.count


@pytest.mark.parametrize("q", ["", "   ", "!!! ... ???", "\x00", "'\"-"])
def test_a_query_without_words_is_a_browse(shop: FashionShop, q: str) -> None:
    response = shop.search(q, limit=ALL)
    assert sorted(ids(response)) == [product.id for product in CATALOG]
    assert (
        {hit.rank for hit in response.hits} == {hit.final_score for hit in response.hits} == {None}
    )
    popularity = [product_of(hit).popularity for hit in response.hits]
    known = [value for value in popularity if value is not None]
    assert known == sorted(known, reverse=True)
    assert popularity[len(known) :] == [None] * (len(CATALOG) - len(known))


@pytest.mark.parametrize("q", ["", "red dress"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_sorted_list_is_in_that_order(shop: FashionShop, q: str, order: str) -> None:
    response = shop.search(q, sort={"field": "price", "order": order}, limit=ALL)
    assert set(ids(response)) == set(ids(shop.search(q, limit=ALL)))
    prices = [product_of(hit).price_minor for hit in response.hits]
    known = [price for price in prices if price is not None]
    assert known == sorted(known, reverse=order == "desc")
    assert None not in prices[: len(known)]


@pytest.mark.parametrize(
    "q",
    [
        'title:red AND -dress OR (skirt*) NOT "x',
        '"red" NEAR/2 "dress"',
        "red) OR 1=1 --",
        "{title brand}: red",
        "dress^5 ~2 +red [a TO z] \\ / <script>",
    ],
)
def test_operators_in_what_is_typed_are_only_words(shop: FashionShop, q: str) -> None:
    assert shop.search(q).degraded == ()


@pytest.mark.parametrize("q", ["red* dress", "red -dress", "(red) dress", 'red^9 "dress"'])
def test_operators_change_nothing_beside_their_letters(lexical_shop: FashionShop, q: str) -> None:
    plain = q.translate(str.maketrans('*-^"9', "     "))
    assert ids(lexical_shop.search(q.replace("9", ""))) == ids(lexical_shop.search(plain))


def test_filters_by_words_numbers_booleans_and_dates_agree_with_the_catalogue(
    shop: FashionShop,
) -> None:
    wanted = {
        "brand": ["Acme", "Coco"],
        "category": "Men",
        "price": {"gte": 11, "lt": 20},
        "in_stock": True,
        "updated_at": {"gte": "2025-01-02", "lte": "2025-01-09"},
        "attributes.heel": {"lte": 3},
    }
    expected = [
        product.id
        for product in CATALOG
        if product.brand in {"Acme", "Coco"}
        and product.category[0] == "Men"
        and product.price_minor is not None
        and 1100 <= product.price_minor < 2000
        and product.is_in_stock
        and product.updated_at is not None
        and 2 <= product.updated_at.day <= 9
        and product.attributes["heel"][0] in {0.0, 1.5, 3.0}
    ]
    assert expected
    assert sorted(ids(shop.search(filter=wanted, limit=ALL))) == expected


def test_an_unknown_field_names_the_near_one(shop: FashionShop) -> None:
    for request, purpose in (
        ({"filter": {"colour": "red"}}, "filter on"),
        ({"facets": ["colour"]}, "facet by"),
        ({"q": "red", "boosts": [{"field": "colour", "value": "red", "factor": 2}]}, "boost"),
    ):
        with pytest.raises(UnknownFieldError, match=f"cannot {purpose} 'colour'.*'color'"):
            shop.search(**request)
