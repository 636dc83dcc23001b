"""Lists that the engine orders itself, and the products of a page."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import PagePlan, ResultSet, SortOrder
from hybrid_search.query.fields import SORTABLE_FIELDS
from hybrid_search.query.filters import TermsFilter
from tests.contracts.engine_fixtures import EngineFixtures
from tests.contracts.expectation import filter_values, obeys
from tests.contracts.sample_catalog import PRODUCTS, clause
from tests.contracts.shop import ALL, BY_ID, Shop, flat, words

Key = tuple[bool, float | str]


def sort_value(product: Product, field: str) -> float | str | None:
    if field in {"id", "title"}:
        return str(getattr(product, field))
    if field == "updated_at":
        return None if product.updated_at is None else product.updated_at.timestamp()
    values = filter_values(product, field)
    return float(values[0]) if values else None


def in_order(products: tuple[Product, ...], order: SortOrder) -> list[Product]:
    """Return the products sorted, those without the field last, ties by id."""
    by_id = sorted(products, key=lambda product: product.id)
    valued = [product for product in by_id if sort_value(product, order.field) is not None]
    lacking = [product for product in by_id if sort_value(product, order.field) is None]
    ordered = sorted(
        valued,
        key=lambda product: sort_value(product, order.field) or 0,
        reverse=order.is_descending,
    )
    return [*ordered, *lacking]


def first_of_groups(products: list[Product]) -> list[Product]:
    firsts: dict[str, Product] = {}
    for product in products:
        firsts.setdefault(product.group_id, product)
    return list(firsts.values())


def ids(products: list[Product]) -> list[str]:
    return [product.id for product in products]


ORDERS = [
    SortOrder(field, is_descending=is_descending)
    for field in SORTABLE_FIELDS
    for is_descending in (False, True)
]


class ListingContract(EngineFixtures):
    @pytest.mark.parametrize("order", ORDERS, ids=repr)
    @pytest.mark.parametrize("limit", [5, 48])
    def test_pages_of_a_sorted_list_repeat_and_lose_nothing(
        self, shop: Shop, order: SortOrder, limit: int
    ) -> None:
        plan = PagePlan(ResultSet(), sort=order, limit=limit)
        assert flat(shop.pages(plan)) == ids(in_order(PRODUCTS, order))

    @pytest.mark.parametrize("order", ORDERS[2:6], ids=repr)
    def test_a_collapsed_list_shows_the_first_of_each_group_once(
        self, shop: Shop, order: SortOrder
    ) -> None:
        plan = PagePlan(ResultSet(), sort=order, limit=7, is_collapsed=True)
        assert flat(shop.pages(plan)) == ids(first_of_groups(in_order(PRODUCTS, order)))

    def test_a_browse_is_ordered_by_popularity(self, shop: Shop) -> None:
        expected = in_order(PRODUCTS, SortOrder("popularity", is_descending=True))
        assert flat(shop.pages(PagePlan(ResultSet(), limit=10))) == ids(expected)

    def test_a_sorted_list_of_a_search_holds_exactly_its_results(self, shop: Shop) -> None:
        kept = TermsFilter("color", ("red",))
        vectors = (clause(shop.field("text_vector"), 12, 0.2),)
        results = ResultSet(words("silk dress"), vectors, (kept,))
        expected = set(shop.retrieve(results).candidates)
        assert 5 < len(expected) < len(PRODUCTS)
        order = SortOrder("price", is_descending=True)
        found = flat(shop.pages(PagePlan(results, sort=order, limit=4)))
        products = tuple(product for product in PRODUCTS if product.id in expected)
        assert found == ids(in_order(products, order))
        assert all(obeys(product, kept) for product in products)

    def test_a_page_has_the_products_asked_for_in_their_order(self, shop: Shop) -> None:
        wanted = ("p07", "p40", "missing", "p01")
        page = shop.page(PagePlan(ResultSet(words("red")), product_ids=wanted))
        assert page.products == (PRODUCTS[7], PRODUCTS[40], PRODUCTS[1])
        assert page.total == shop.total(ResultSet(words("red")))
        assert page.next_after == ()

    def test_a_list_beyond_its_end_is_empty(self, shop: Shop) -> None:
        results = ResultSet(filters=(TermsFilter("brand", ("nobody",)),))
        page = shop.page(PagePlan(results, sort=BY_ID, limit=5))
        assert (page.products, page.total, page.next_after) == ((), 0, ())

    def test_a_limit_of_zero_shows_nothing_and_counts_everything(self, shop: Shop) -> None:
        page = shop.page(PagePlan(ResultSet(), sort=BY_ID, limit=0))
        assert (page.products, page.total) == ((), len(PRODUCTS))

    def test_the_page_size_does_not_change_the_order(self, shop: Shop) -> None:
        plan = PagePlan(ResultSet(), sort=SortOrder("price", is_descending=False), limit=ALL)
        assert flat(shop.pages(plan)) == flat(shop.pages(replace(plan, limit=1)))

    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(
        order=st.sampled_from(ORDERS),
        limit=st.integers(1, 20),
        colors=st.lists(st.sampled_from(["red", "blue", "green"]), max_size=2, unique=True),
        is_collapsed=st.booleans(),
    )
    def test_paging_equals_the_full_sort_for_any_request(
        self, shop: Shop, order: SortOrder, limit: int, colors: list[str], *, is_collapsed: bool
    ) -> None:
        filters = (TermsFilter("color", tuple(colors)),) if colors else ()
        products = tuple(p for p in PRODUCTS if all(obeys(p, wanted) for wanted in filters))
        expected = in_order(products, order)
        expected = first_of_groups(expected) if is_collapsed else expected
        plan = PagePlan(
            ResultSet(filters=filters), sort=order, limit=limit, is_collapsed=is_collapsed
        )
        assert flat(shop.pages(plan)) == ids(expected)
