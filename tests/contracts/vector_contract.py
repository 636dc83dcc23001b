"""Vectors: nearest neighbours under filters, floors, and scores that are never missing."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import ProductWrite, ResultSet, VectorClause, VectorField
from hybrid_search.query.filters import TermsFilter
from hybrid_search.ranking.candidate import Candidate
from tests.contracts.engine_fixtures import EngineFixtures
from tests.contracts.expectation import cosine, filter_values, neighbours, obeys
from tests.contracts.sample_catalog import DIMENSION, PRODUCTS, WRITES, clause, unit_rows
from tests.contracts.shop import Shop, words

SIGNALS = ("text_vector", "image_vector")
EXACT = 1e-5
GAP = 0.05


def with_gap(field: VectorField, writes: list[ProductWrite], k: int) -> VectorClause:
    """Return a clause whose k nearest are told apart even by one byte a number."""
    for seed in range(2000, 3000):
        wanted = clause(field, seed)
        found = neighbours(writes, wanted)
        cosines = {write.product.id: cosine(write, wanted) or 0.0 for write in writes}
        if len(found) > k and cosines[found[k - 1]] - cosines[found[k]] > GAP:
            return wanted
    msg = "no such vector"
    raise LookupError(msg)


class VectorContract(EngineFixtures):
    @pytest.mark.parametrize("signal", SIGNALS)
    def test_a_leg_is_ordered_by_exact_cosine(self, shop: Shop, signal: str) -> None:
        wanted = clause(shop.field(signal), 42)
        found = shop.retrieve(ResultSet(vectors=(wanted,)))
        assert list(found.legs[signal]) == neighbours(WRITES, wanted)
        for write in WRITES:
            expected = cosine(write, wanted)
            if expected is not None:
                similarity = found.candidates[write.product.id].cosine_similarities[signal]
                assert similarity == pytest.approx(expected, abs=EXACT)

    @pytest.mark.parametrize("signal", SIGNALS)
    @pytest.mark.parametrize("k", [1, 3, 5])
    def test_the_window_holds_the_nearest(self, shop: Shop, signal: str, k: int) -> None:
        wanted = with_gap(shop.field(signal), list(WRITES), k)
        leg = shop.retrieve(ResultSet(vectors=(wanted,)), window=k).legs[signal]
        assert list(leg) == neighbours(WRITES, wanted)[:k]

    @pytest.mark.parametrize("signal", SIGNALS)
    @pytest.mark.parametrize(
        "wanted_filter",
        [TermsFilter("brand", ("Acme",)), TermsFilter("color", ("red",))],
        ids=repr,
    )
    def test_filters_apply_before_knn(
        self, shop: Shop, signal: str, wanted_filter: TermsFilter
    ) -> None:
        obeying = [write for write in WRITES if obeys(write.product, wanted_filter)]
        wanted = with_gap(shop.field(signal), obeying, 3)
        results = ResultSet(vectors=(wanted,), filters=(wanted_filter,))
        leg = shop.retrieve(results, window=3).legs[signal]
        assert list(leg) == neighbours(obeying, wanted)[:3]

    def test_the_best_of_several_vectors_counts(self, fresh: Shop) -> None:
        axes = np.eye(DIMENSION, dtype=np.float32)
        far = -axes[0]
        fresh.write(
            ProductWrite(Product("one", "x"), 1, {"image_vector": axes[1:2]}),
            ProductWrite(Product("many", "x"), 1, {"image_vector": np.stack([far, axes[0], far])}),
            ProductWrite(Product("bad", "x"), 1, {"image_vector": np.stack([far, far])}),
            ProductWrite(Product("none", "x"), 1),
        )
        wanted = VectorClause(fresh.field("image_vector"), axes[0])
        found = fresh.retrieve(ResultSet(vectors=(wanted,)))
        assert found.legs["image_vector"] == ("many", "one", "bad")
        cosines = [
            found.candidates[one].cosine_similarities["image_vector"]
            for one in found.legs["image_vector"]
        ]
        assert cosines == pytest.approx([1.0, 0.0, -1.0], abs=EXACT)

    @pytest.mark.parametrize("signal", SIGNALS)
    def test_a_product_below_the_floor_is_no_result(self, shop: Shop, signal: str) -> None:
        apart = with_gap(shop.field(signal), list(WRITES), 4)
        fourth, fifth = neighbours(WRITES, apart)[3:5]
        by_id = {write.product.id: cosine(write, apart) or 0.0 for write in WRITES}
        wanted = replace(apart, floor=(by_id[fourth] + by_id[fifth]) / 2)
        results = ResultSet(vectors=(wanted,))
        expected = neighbours(WRITES, apart)[:4]
        assert list(shop.retrieve(results).legs[signal]) == expected
        assert shop.ids(results) == sorted(expected)
        assert shop.total(results) == len(expected)

    @pytest.mark.parametrize("signal", SIGNALS)
    def test_words_bring_no_product_below_the_floor_into_a_vector_leg(
        self, shop: Shop, signal: str
    ) -> None:
        apart = with_gap(shop.field(signal), list(WRITES), 4)
        fourth, fifth = neighbours(WRITES, apart)[3:5]
        by_id = {write.product.id: cosine(write, apart) or 0.0 for write in WRITES}
        wanted = replace(apart, floor=(by_id[fourth] + by_id[fifth]) / 2)
        found = shop.retrieve(ResultSet(words("red green blue", minimum=1), (wanted,)))
        assert len(found.candidates) == len(PRODUCTS)
        assert list(found.legs[signal]) == neighbours(WRITES, apart)[:4]

    def test_words_or_any_vector_make_a_result(self, shop: Shop) -> None:
        clauses = []
        expected = set()
        for signal in SIGNALS:
            apart = with_gap(shop.field(signal), list(WRITES), 3)
            third, fourth = neighbours(WRITES, apart)[2:4]
            by_id = {write.product.id: cosine(write, apart) or 0.0 for write in WRITES}
            clauses.append(replace(apart, floor=(by_id[third] + by_id[fourth]) / 2))
            expected |= set(neighbours(WRITES, apart)[:3])
        query = words("striped silk shirt", minimum=2)
        lexical = set(shop.ids(ResultSet(lexical=query)))
        assert lexical
        assert expected - lexical
        results = ResultSet(query, tuple(clauses))
        assert shop.ids(results) == sorted(expected | lexical)
        assert set(shop.retrieve(results).candidates) == expected | lexical

    def test_equal_cosines_are_ordered_by_id(self, fresh: Shop) -> None:
        row = unit_rows(1, 1)
        fresh.write(
            *(
                ProductWrite(Product(f"id{n}", "x"), 1, {"text_vector": row, "image_vector": row})
                for n in (5, 3, 9, 1, 7)
            )
        )
        for signal in SIGNALS:
            results = ResultSet(vectors=(VectorClause(fresh.field(signal), row[0]),))
            leg = fresh.retrieve(results).legs[signal]
            assert leg == ("id1", "id3", "id5", "id7", "id9")

    def test_a_product_without_a_vector_has_that_signal_absent(self, shop: Shop) -> None:
        clauses = tuple(clause(shop.field(signal), 5) for signal in SIGNALS)
        results = ResultSet(words("red blue green", minimum=1), clauses)
        found = shop.retrieve(results).candidates
        assert len(found) == len(PRODUCTS)
        for write in WRITES:
            assert set(found[write.product.id].cosine_similarities) == set(write.vectors)

    def test_scores_are_complete_whichever_leg_found_a_product(self, shop: Shop) -> None:
        clauses = tuple(clause(shop.field(signal), 6) for signal in SIGNALS)
        results = ResultSet(words("blue leather boots", minimum=1), clauses)
        everything = shop.retrieve(results)
        narrow = shop.retrieve(results, window=6)
        found_by_one_leg_alone = 0
        for product_id, candidate in narrow.candidates.items():
            assert_same_scores(candidate, everything.candidates[product_id])
            found_by_one_leg_alone += sum(product_id in leg for leg in narrow.legs.values()) == 1
        assert found_by_one_leg_alone > 6
        assert all(len(leg) == 6 for leg in narrow.legs.values())

    def test_a_boosted_value_has_a_leg_beyond_the_window(self, shop: Shop) -> None:
        clauses = tuple(clause(shop.field(signal), 9) for signal in SIGNALS)
        results = ResultSet(words("cotton dress", minimum=1), clauses)
        boosted = TermsFilter("brand", ("blue",))
        plain = shop.retrieve(results, window=2)
        lifted = shop.retrieve(results, window=2, boosted=(boosted,))
        assert lifted.legs == plain.legs
        added = set(lifted.candidates) - set(plain.candidates)
        brands = {product.id: filter_values(product, "brand") for product in PRODUCTS}
        assert added
        assert {brands[product_id] for product_id in added} == {("blue",)}
        everything = shop.retrieve(results)
        for product_id in added:
            assert_same_scores(lifted.candidates[product_id], everything.candidates[product_id])
        # Products with equal scores at the edge of a window may stand in for each other.
        best, reached = (
            [
                found.candidates[one].lexical
                for one in everything.legs["lexical"]
                if brands[one] == ("blue",) and one in found.candidates
            ][:2]
            for found in (everything, lifted)
        )
        assert reached == best

    def test_candidates_carry_their_group_and_the_values_asked_for(self, shop: Shop) -> None:
        fields = ("brand", "color", "category", "attributes.fit", "in_stock")
        wanted = clause(shop.field("text_vector"), 1)
        found = shop.retrieve(ResultSet(words("red"), (wanted,)), value_fields=fields).candidates
        products = {product.id: product for product in PRODUCTS}
        for product_id, candidate in found.items():
            product = products[product_id]
            assert candidate.group_id == product.group_id
            assert set(candidate.values) <= set(fields)
            for field in fields:
                stored = {"true" if v is True else v for v in filter_values(product, field)}
                expected = {"false" if value is False else value for value in stored}
                assert set(candidate.values.get(field, ())) == expected


def assert_same_scores(one: Candidate, other: Candidate) -> None:
    assert one.product_id == other.product_id
    assert one.lexical is not None
    assert other.lexical is not None
    assert one.lexical.has_all_terms == other.lexical.has_all_terms
    assert one.lexical.bm25_score == pytest.approx(other.lexical.bm25_score, abs=EXACT)
    assert one.cosine_similarities == pytest.approx(dict(other.cosine_similarities), abs=EXACT)
