"""Writing: revisions, deletes, partial failures, and what searches see of them."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import (
    FacetRequest,
    PagePlan,
    ProductDelete,
    ProductWrite,
    ResultSet,
    VectorClause,
)
from hybrid_search.query.filters import TermsFilter
from tests.contracts.engine_fixtures import EngineFixtures
from tests.contracts.sample_catalog import DIMENSION, PRODUCTS, WRITES, unit_rows
from tests.contracts.shop import Shop, lexical_ids, words

ODD_IDS = (
    *("a/b", "with space", "?x=1&y#z", "..", '"quoted"', "-dash", "a,b;c", "%2F", "id:1", "*"),
    *("é-ü", "日本語", "😀", "tab\there", "back\\slash", "<b>", "é" * 256, "y" * 512),
)


def titled(product_id: str, title: str, revision: int) -> ProductWrite:
    return ProductWrite(Product(product_id, title), revision)


class WritingContract(EngineFixtures):
    def test_a_product_comes_back_as_it_was_written(self, shop: Shop) -> None:
        every = [product.id for product in PRODUCTS]
        assert shop.engine.fetch(shop.name, [*every, "missing"]) == {
            product.id: product for product in PRODUCTS
        }
        assert shop.engine.count(shop.name) == len(PRODUCTS)

    @pytest.mark.parametrize("field_name", ["text_vector", "image_vector"])
    def test_vectors_come_back_as_they_were_written(self, shop: Shop, field_name: str) -> None:
        every = [product.id for product in PRODUCTS]
        stored = shop.engine.fetch_vectors(shop.name, field_name, [*every, "missing"])
        expected = {
            write.product.id: write.vectors[field_name]
            for write in WRITES
            if field_name in write.vectors
        }
        assert set(stored) == set(expected)
        for product_id, vectors in expected.items():
            assert stored[product_id].dtype == np.float32
            assert stored[product_id].shape == vectors.shape
            np.testing.assert_allclose(stored[product_id], vectors, atol=1e-5)

    def test_nothing_is_fetched_for_no_ids(self, shop: Shop) -> None:
        assert shop.engine.fetch(shop.name, []) == {}
        assert shop.engine.fetch_vectors(shop.name, "text_vector", []) == {}

    def test_what_was_written_is_seen_after_a_refresh(self, fresh: Shop) -> None:
        assert fresh.engine.count(fresh.name) == 0
        assert fresh.ids(ResultSet()) == []
        fresh.engine.write(fresh.name, iter([titled("a", "Red dress", 1)]))
        fresh.engine.refresh(fresh.name)
        assert fresh.engine.count(fresh.name) == 1
        assert fresh.ids(ResultSet()) == ["a"]

    def test_only_a_higher_revision_takes_effect(self, fresh: Shop) -> None:
        assert fresh.write(titled("a", "second", 2)).written == 1
        for revision in (1, 2):
            report = fresh.write(titled("a", "older", revision), titled("b", "other", 1))
            assert report.failures == ()
            assert "a" in report.stale
        assert fresh.engine.fetch(fresh.name, ["a"])["a"].title == "second"
        assert fresh.write(titled("a", "third", 3)).stale == ()
        assert fresh.engine.fetch(fresh.name, ["a"])["a"].title == "third"
        assert fresh.engine.count(fresh.name) == 2

    def test_an_update_replaces_everything(self, fresh: Shop) -> None:
        row = unit_rows(5, 2)
        before = Product("a", "Green boots", brand="Old", color=("green", "red"), style_id="s")
        fresh.write(ProductWrite(before, 1, {"text_vector": row[:1], "image_vector": row}))
        after = Product("a", "Blue dress", brand="New", color=("blue",))
        fresh.write(ProductWrite(after, 2, {"image_vector": row[1:]}))
        assert lexical_ids(fresh, words("green boots")) == ()
        assert lexical_ids(fresh, words("blue dress")) == ("a",)
        facets = (FacetRequest("color", 9), FacetRequest("brand", 9))
        page = fresh.page(PagePlan(ResultSet(), facets=facets))
        values = {field: [v.value for v in found] for field, found in page.facets.items()}
        assert values == {"color": ["blue"], "brand": ["New"]}
        assert fresh.engine.fetch_vectors(fresh.name, "text_vector", ["a"]) == {}
        clauses = tuple(
            VectorClause(fresh.field(name), row[0]) for name in ("text_vector", "image_vector")
        )
        (candidate,) = fresh.retrieve(ResultSet(vectors=clauses)).candidates.values()
        assert candidate.group_id == "a"
        assert candidate.cosine_similarities == {
            "image_vector": pytest.approx(float(row[0] @ row[1]), abs=1e-5)
        }

    def test_a_deleted_product_is_gone_from_everything(self, fresh: Shop) -> None:
        row = unit_rows(5, 1)
        for name in ("a", "b"):
            vectors = {"text_vector": row, "image_vector": row}
            fresh.write(ProductWrite(Product(name, "Red dress", color=("red",)), 1, vectors))
        fresh.write(ProductDelete("a", 2))
        clauses = tuple(
            VectorClause(fresh.field(name), row[0]) for name in ("text_vector", "image_vector")
        )
        found = fresh.retrieve(ResultSet(words("red"), clauses))
        assert set(found.candidates) == {"b"}
        page = fresh.page(PagePlan(ResultSet(), facets=(FacetRequest("color", 9),), limit=9))
        assert page.total == fresh.engine.count(fresh.name) == 1
        assert [value.count for value in page.facets["color"]] == [1]
        assert set(fresh.engine.fetch(fresh.name, ["a", "b"])) == {"b"}
        assert set(fresh.engine.fetch_vectors(fresh.name, "text_vector", ["a", "b"])) == {"b"}

    def test_an_older_write_does_not_bring_a_deleted_product_back(self, fresh: Shop) -> None:
        fresh.write(titled("a", "first", 1))
        fresh.write(ProductDelete("a", 5))
        assert fresh.write(titled("a", "late", 4)).stale == ("a",)
        assert fresh.engine.count(fresh.name) == 0
        assert fresh.write(titled("a", "new", 6)).written == 1
        assert fresh.ids(ResultSet()) == ["a"]

    def test_a_stale_delete_changes_nothing(self, fresh: Shop) -> None:
        fresh.write(titled("a", "first", 3))
        assert fresh.write(ProductDelete("a", 3)).stale == ("a",)
        assert fresh.ids(ResultSet()) == ["a"]

    def test_the_delete_of_an_unknown_product_keeps_older_writes_out(self, fresh: Shop) -> None:
        report = fresh.write(ProductDelete("a", 5))
        assert (report.stale, report.failures) == ((), ())
        assert fresh.write(titled("a", "late", 4)).stale == ("a",)
        assert fresh.engine.count(fresh.name) == 0

    @pytest.mark.parametrize(
        ("vectors", "reason"),
        [
            ({"text_vector": np.ones((1, DIMENSION + 1), np.float32)}, "text_vector"),
            ({"text_vector": np.ones((2, DIMENSION), np.float32)}, "text_vector"),
            ({"text_vector": np.zeros((1, DIMENSION), np.float32)}, "zero"),
            ({"text_vector": np.full((1, DIMENSION), np.nan, np.float32)}, "text_vector"),
            ({"image_vector": np.full((2, DIMENSION), np.inf, np.float32)}, "image_vector"),
            ({"image_vector": np.ones((1, 3), np.float32)}, "image_vector"),
            ({"unknown": np.ones((1, DIMENSION), np.float32)}, "unknown"),
        ],
    )
    def test_a_refused_product_is_named_and_the_others_go_on(
        self, fresh: Shop, vectors: dict[str, np.ndarray], reason: str
    ) -> None:
        bad = ProductWrite(Product("bad", "Bad"), 1, vectors)
        report = fresh.write(titled("a", "One", 1), bad, titled("b", "Two", 1))
        assert report.written == 2
        (failure,) = report.failures
        assert failure.product_id == "bad"
        assert reason in failure.reason
        assert fresh.ids(ResultSet()) == ["a", "b"]

    def test_a_refused_update_leaves_the_product_as_it_was(self, fresh: Shop) -> None:
        fresh.write(titled("a", "Good", 1))
        bad = ProductWrite(Product("a", "Bad"), 2, {"text_vector": np.zeros((1, 2), np.float32)})
        assert [failure.product_id for failure in fresh.write(bad).failures] == ["a"]
        assert fresh.engine.fetch(fresh.name, ["a"])["a"].title == "Good"
        assert fresh.write(titled("a", "Better", 2)).written == 1

    def test_ids_with_odd_characters_work_everywhere(self, fresh: Shop) -> None:
        writes = [
            ProductWrite(
                Product(product_id, "Odd dress", style_id=product_id),
                1,
                {"text_vector": unit_rows(n, 1)},
            )
            for n, product_id in enumerate(ODD_IDS)
        ]
        assert fresh.write(*writes).written == len(ODD_IDS)
        assert set(fresh.engine.fetch(fresh.name, ODD_IDS)) == set(ODD_IDS)
        stored = fresh.engine.fetch_vectors(fresh.name, "text_vector", ODD_IDS)
        assert set(stored) == set(ODD_IDS)
        assert lexical_ids(fresh, words("dress")) == tuple(sorted(ODD_IDS))
        assert fresh.ids(ResultSet()) == sorted(ODD_IDS)
        for product_id in ODD_IDS:
            only = ResultSet(filters=(TermsFilter("id", (product_id,)),))
            assert fresh.ids(only) == [product_id]
        page = fresh.page(PagePlan(ResultSet(), product_ids=ODD_IDS))
        assert tuple(product.id for product in page.products) == ODD_IDS
        assert fresh.write(*(ProductDelete(one, 2) for one in ODD_IDS)).written == len(ODD_IDS)
        assert fresh.engine.count(fresh.name) == 0

    def test_a_generator_of_many_products_is_written_whole(self, fresh: Shop) -> None:
        number = 2500
        changes = (titled(f"n{n}", f"Product {n}", 1) for n in range(number))
        report = fresh.engine.write(fresh.name, changes)
        fresh.engine.refresh(fresh.name)
        assert report.written == fresh.engine.count(fresh.name) == number

    def test_the_last_of_several_changes_of_one_product_wins(self, fresh: Shop) -> None:
        fresh.write(titled("a", "one", 1), titled("a", "two", 2))
        fresh.write(titled("a", "four", 4), ProductDelete("a", 5), titled("a", "three", 3))
        assert fresh.engine.count(fresh.name) == 0
        fresh.write(replace(titled("a", "six", 6)))
        assert fresh.engine.fetch(fresh.name, ["a"])["a"].title == "six"
