"""Filters: every type, everywhere, before anything else is chosen."""

from collections.abc import Sequence

import pytest

from hybrid_search.engines.port import ResultSet
from hybrid_search.query.filters import Filter, RangeFilter, TermsFilter
from hybrid_search.ranking.candidate import CandidateSet
from tests.contracts.engine_fixtures import EngineFixtures
from tests.contracts.expectation import obeys
from tests.contracts.sample_catalog import PRODUCTS, clause
from tests.contracts.shop import Shop, words

NOON = "2024-01-05T12:00:00.000000+00:00"

FILTERS: tuple[Filter, ...] = (
    TermsFilter("id", ("p07",)),
    TermsFilter("style_id", ("s1", "s4")),
    TermsFilter("brand", ("Acme",)),
    TermsFilter("brand", ("Nordlicht & Söhne", "blue")),
    TermsFilter("category", ("Women",)),
    TermsFilter("category", ("Women > Shoes",)),
    TermsFilter("category", ("Men > Shoes > Sneakers", "Women > Dresses")),
    TermsFilter("color", ("red",)),
    TermsFilter("color", ("red", "green")),
    TermsFilter("material", ("silk",)),
    TermsFilter("pattern", ("striped",)),
    TermsFilter("gender", ("men",)),
    TermsFilter("season", ("winter",)),
    TermsFilter("occasion", ("party",)),
    TermsFilter("sizes", ("one size/XL",)),
    TermsFilter("sizes_in_stock", ("M",)),
    TermsFilter("in_stock", (True,)),
    TermsFilter("in_stock", (False,)),
    TermsFilter("price", (30.0,)),
    TermsFilter("price", (20.5, 40)),
    TermsFilter("currency", ("EUR",)),
    TermsFilter("popularity", (2.0, 0.5)),
    TermsFilter("attributes.fit", ("slim",)),
    TermsFilter("attributes.vegan", (True,)),
    TermsFilter("attributes.vegan", ("false",)),
    TermsFilter("attributes.heel height", (5,)),
    TermsFilter("attributes.heel height", (2.5, 0)),
    RangeFilter("price", gte=20),
    RangeFilter("price", gt=20, lte=40.5),
    RangeFilter("price", lt=20.5),
    RangeFilter("popularity", gte=1.0, lt=3.5),
    RangeFilter("updated_at", gte=NOON),
    RangeFilter("updated_at", lte=NOON),
    RangeFilter("updated_at", gt=NOON),
    RangeFilter("updated_at", lt=NOON),
    RangeFilter("updated_at", gte="2024-01-05T00:00:00.000000+00:00"),
    RangeFilter("updated_at", lte="2024-01-05T23:59:59.999999+00:00"),
    RangeFilter("updated_at", gt=NOON, lte="2024-01-08T14:00:01.000000+02:00"),
    RangeFilter("attributes.heel height", gte=2.5),
    RangeFilter("attributes.heel height", lt=2.5),
)

MATCHING_NOTHING: tuple[Filter, ...] = (
    TermsFilter("brand", ("acme",)),
    TermsFilter("brand", ("Acme OR Atelier 7", "*", "", '"', "' OR 1=1 --", "\N{NULL}")),
    TermsFilter("category", ("Shoes",)),
    TermsFilter("attributes.unheard-of", ("slim",)),
    TermsFilter("attributes.fit", ("%", "sl_m")),
    RangeFilter("price", gt=60.5),
    RangeFilter("price", gte=30, lt=30),
    RangeFilter("attributes.unheard-of", gte=0),
)


def scores(found: CandidateSet, product_ids: Sequence[str]) -> list[float]:
    lexical = [found.candidates[product_id].lexical for product_id in product_ids]
    return [one.bm25_score for one in lexical if one is not None]


class FilterContract(EngineFixtures):
    @pytest.mark.parametrize("wanted", FILTERS, ids=repr)
    def test_exactly_the_products_that_obey_a_filter_are_results(
        self, shop: Shop, wanted: Filter
    ) -> None:
        expected = [product.id for product in PRODUCTS if obeys(product, wanted)]
        assert 0 < len(expected) < len(PRODUCTS)
        assert shop.ids(ResultSet(filters=(wanted,))) == expected

    @pytest.mark.parametrize("wanted", MATCHING_NOTHING, ids=repr)
    def test_a_value_that_no_product_has_leaves_no_results(
        self, shop: Shop, wanted: Filter
    ) -> None:
        assert shop.ids(ResultSet(filters=(wanted,))) == []

    def test_all_filters_must_be_obeyed(self, shop: Shop) -> None:
        filters = (TermsFilter("color", ("red",)), RangeFilter("price", gte=20))
        expected = [p.id for p in PRODUCTS if all(obeys(p, wanted) for wanted in filters)]
        assert shop.ids(ResultSet(filters=filters)) == expected

    def test_a_product_that_any_hide_matches_is_no_result(self, shop: Shop) -> None:
        hidden = (TermsFilter("brand", ("Acme",)), RangeFilter("popularity", gt=3))
        kept = TermsFilter("color", ("red", "blue"))
        expected = [
            p.id for p in PRODUCTS if obeys(p, kept) and not any(obeys(p, h) for h in hidden)
        ]
        assert shop.ids(ResultSet(filters=(kept,), hidden=hidden)) == expected

    @pytest.mark.parametrize("wanted", FILTERS[::3], ids=repr)
    def test_every_leg_obeys_filters_and_hides(self, shop: Shop, wanted: Filter) -> None:
        hidden = TermsFilter("material", ("leather",))
        results = ResultSet(
            lexical=words("red blue green cotton leather"),
            vectors=(clause(shop.field("text_vector"), 7), clause(shop.field("image_vector"), 8)),
            filters=(wanted,),
            hidden=(hidden,),
        )
        boosted = (TermsFilter("brand", ("Atelier 7",)), TermsFilter("material", ("leather",)))
        found = shop.retrieve(results, boosted=boosted)
        obeying = {p.id for p in PRODUCTS if obeys(p, wanted) and not obeys(p, hidden)}
        assert set(found.candidates) <= obeying
        assert {one for leg in found.legs.values() for one in leg} <= obeying

    def test_filters_apply_before_the_window_of_the_words(self, shop: Shop) -> None:
        wanted = TermsFilter("brand", ("Atelier 7",))
        results = ResultSet(lexical=words("shirt"), filters=(wanted,))
        every = shop.retrieve(results)
        assert len(every.candidates) > 3
        leg = shop.retrieve(results, window=3).legs["lexical"]
        assert len(leg) == 3
        assert scores(every, leg) == pytest.approx(scores(every, every.legs["lexical"][:3]))
