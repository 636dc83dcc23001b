"""Facets and totals: a facet's count is the total after the click, whatever the results are."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybrid_search.engines.port import FacetRequest, PagePlan, ResultSet, VectorClause
from hybrid_search.query.filters import Filter, RangeFilter, TermsFilter
from tests.contracts.engine_fixtures import EngineFixtures
from tests.contracts.expectation import filter_values, obeys
from tests.contracts.sample_catalog import PRODUCTS, clause
from tests.contracts.shop import ALL, Shop, words

FACETS = ("brand", "category", "color", "sizes_in_stock", "attributes.fit", "in_stock")
RED_OR_BLUE = TermsFilter("color", ("red", "blue"))
WOMEN = TermsFilter("category", ("Women",))
AFFORDABLE = RangeFilter("price", lte=40)
NOT_SILK = TermsFilter("material", ("silk",))


def near(shop: Shop, signal: str, floor: float = 0.25) -> VectorClause:
    return clause(shop.field(signal), 11, floor)


def click(results: ResultSet, field: str, value: str) -> ResultSet:
    """Return the results after choosing one value of a facet alone."""
    others = tuple(wanted for wanted in results.filters if wanted.field != field)
    return replace(results, filters=(*others, TermsFilter(field, (value,))))


RESULT_SETS = ("browse", "filters", "words", "vectors", "hybrid", "hybrid-with-filters")


def result_set(shop: Shop, kind: str) -> ResultSet:
    query = words("red leather boots dress")
    vectors = (near(shop, "text_vector"), near(shop, "image_vector"))
    filters = (RED_OR_BLUE, WOMEN, AFFORDABLE)
    return {
        "browse": ResultSet(),
        "filters": ResultSet(filters=filters),
        "words": ResultSet(query, filters=(RED_OR_BLUE,)),
        "vectors": ResultSet(vectors=vectors, filters=(WOMEN,)),
        "hybrid": ResultSet(query, vectors),
        "hybrid-with-filters": ResultSet(query, vectors, filters, (NOT_SILK,)),
    }[kind]


class FacetContract(EngineFixtures):
    @pytest.mark.parametrize("kind", RESULT_SETS)
    @pytest.mark.parametrize("is_collapsed", [False, True])
    def test_a_count_is_the_total_after_the_click(
        self, shop: Shop, kind: str, *, is_collapsed: bool
    ) -> None:
        results = result_set(shop, kind)
        requests = tuple(FacetRequest(field, ALL) for field in FACETS)
        plan = PagePlan(results, facets=requests, is_collapsed=is_collapsed)
        page = shop.page(plan)
        assert page.total == shop.total(results, is_collapsed=is_collapsed)
        assert set(page.facets) == set(FACETS)
        for field, values in page.facets.items():
            assert values
            for value in values:
                clicked = click(results, field, value.value)
                assert value.count == shop.total(clicked, is_collapsed=is_collapsed), value

    @pytest.mark.parametrize("field", FACETS)
    def test_every_value_of_a_browse_is_counted(self, shop: Shop, field: str) -> None:
        page = shop.page(PagePlan(ResultSet(), facets=(FacetRequest(field, ALL),)))
        expected: dict[str, int] = {}
        for product in PRODUCTS:
            for value in dict.fromkeys(filter_values(product, field)):
                text = str(value).lower() if isinstance(value, bool) else str(value)
                expected[text] = expected.get(text, 0) + 1
        assert {value.value: value.count for value in page.facets[field]} == expected
        assert page.total == len(PRODUCTS)

    def test_a_facet_leaves_out_the_filters_of_its_own_field_only(self, shop: Shop) -> None:
        filters: tuple[Filter, ...] = (RED_OR_BLUE, TermsFilter("brand", ("Acme", "blue")))
        page = shop.page(
            PagePlan(ResultSet(filters=filters), facets=tuple(FacetRequest(f, ALL) for f in FACETS))
        )
        colors = {value.value: value.count for value in page.facets["color"]}
        of_brands = [product for product in PRODUCTS if obeys(product, filters[1])]
        assert colors == {
            color: sum(color in product.color for product in of_brands)
            for color in ("red", "blue", "green")
        }
        assert {value.value for value in page.facets["brand"]} > {"Acme", "blue"}

    def test_facets_are_ordered_by_count_then_value_and_cut_to_their_size(self, shop: Shop) -> None:
        for field in FACETS:
            for is_collapsed in (False, True):
                plan = PagePlan(
                    ResultSet(), facets=(FacetRequest(field, ALL),), is_collapsed=is_collapsed
                )
                values = shop.page(plan).facets[field]
                assert list(values) == sorted(values, key=lambda one: (-one.count, one.value))
                short = replace(plan, facets=(FacetRequest(field, 2),))
                assert shop.page(short).facets[field] == values[:2]

    def test_a_collapsed_total_counts_groups(self, shop: Shop) -> None:
        groups = {product.group_id for product in PRODUCTS if obeys(product, RED_OR_BLUE)}
        results = ResultSet(filters=(RED_OR_BLUE,))
        assert shop.total(results, is_collapsed=True) == len(groups) < shop.total(results)

    def test_a_facet_without_values_is_empty(self, shop: Shop) -> None:
        nothing = ResultSet(filters=(TermsFilter("brand", ("nobody",)),))
        page = shop.page(PagePlan(nothing, facets=(FacetRequest("color", 5),)))
        assert (page.total, page.facets["color"]) == (0, ())

    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(
        text=st.sampled_from(["", "red", "silk dress", "every day boots", "slim party"]),
        floors=st.lists(st.sampled_from([-0.2, 0.1, 0.35]), max_size=2),
        colors=st.lists(st.sampled_from(["red", "blue", "green"]), max_size=2, unique=True),
        least=st.one_of(st.none(), st.integers(10, 60)),
        field=st.sampled_from(FACETS),
        is_collapsed=st.booleans(),
    )
    def test_a_count_is_the_total_after_the_click_for_any_request(
        self,
        shop: Shop,
        *,
        text: str,
        floors: list[float],
        colors: list[str],
        least: int | None,
        field: str,
        is_collapsed: bool,
    ) -> None:
        signals = ("text_vector", "image_vector")
        filters: list[Filter] = [TermsFilter("color", tuple(colors))] if colors else []
        filters += [RangeFilter("price", gte=least)] if least else []
        vectors = tuple(near(shop, signal, floor) for signal, floor in zip(signals, floors))  # noqa: B905 - fewer floors than signals leave vectors out
        results = ResultSet(words(text) if text else None, vectors, tuple(filters))
        plan = PagePlan(results, facets=(FacetRequest(field, ALL),), is_collapsed=is_collapsed)
        for value in shop.page(plan).facets[field]:
            clicked = click(results, field, value.value)
            assert value.count == shop.total(clicked, is_collapsed=is_collapsed)
