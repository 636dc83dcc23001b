from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import (
    FacetRequest,
    PagePlan,
    ProductDelete,
    ProductWrite,
    ResultSet,
    RetrievalPlan,
    SortOrder,
    VectorClause,
    VectorField,
)
from hybrid_search.engines.sqlite import SqliteEngine
from hybrid_search.errors import (
    EncoderMismatchError,
    EngineError,
    EngineTimeoutError,
    InvalidCursorError,
    UnknownFieldError,
)
from tests.contracts.sample_catalog import PRODUCTS, WRITES, clause, sample_generation
from tests.contracts.shop import Shop, words

NAME = "products-1"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    engine = SqliteEngine(tmp_path / "search.db")
    generation = sample_generation(NAME, "flat")
    engine.create_generation(generation)
    engine.write(NAME, WRITES)
    yield Shop(engine, generation)
    engine.close()


def test_words_that_are_late_leave_the_vectors_to_answer(shop: Shop) -> None:
    vectors = (clause(shop.field("text_vector"), 3),)
    both = RetrievalPlan(ResultSet(words("red dress"), vectors), window=5)
    late = shop.engine.retrieve(NAME, both, deadline_ms=0)
    (degradation,) = late.degraded
    assert degradation.stage == "retrieve:lexical"
    assert "0 ms" in degradation.reason
    alone = shop.engine.retrieve(NAME, replace(both, results=ResultSet(vectors=vectors)))
    assert late.candidates == alone.candidates


def test_words_that_are_late_are_an_error_without_vectors(shop: Shop) -> None:
    results = ResultSet(words("red dress"))
    with pytest.raises(EngineTimeoutError, match="0 ms"):
        shop.engine.retrieve(NAME, RetrievalPlan(results, window=5), deadline_ms=0)
    with pytest.raises(EngineTimeoutError, match="0 ms"):
        shop.engine.page(NAME, PagePlan(results, limit=5), deadline_ms=0)
    assert shop.retrieve(results).candidates


def test_a_query_vector_of_another_dimension_is_refused(shop: Shop) -> None:
    short = VectorClause(shop.field("text_vector"), np.ones(3, dtype=np.float32))
    with pytest.raises(EncoderMismatchError, match=r"'text_vector' has shape \(3,\).* 16 numbers"):
        shop.retrieve(ResultSet(vectors=(short,)))


def test_a_vector_field_that_the_generation_lacks_is_named(shop: Shop) -> None:
    field = VectorField("other", 16, "single", "flat", "made:up", "f00d")
    with pytest.raises(EngineError, match="no vector field 'other'; it has: text_vector"):
        shop.retrieve(ResultSet(vectors=(clause(field, 1),)))


def test_vector_fields_of_a_generation_do_not_change(shop: Shop) -> None:
    with pytest.raises(EngineError, match="vector fields"):
        shop.engine.describe_generation(replace(shop.generation, vector_fields=()))


def test_a_weight_for_a_field_without_text_is_named(shop: Shop) -> None:
    with pytest.raises(UnknownFieldError, match="cannot search in 'price'; text fields are: title"):
        shop.retrieve(ResultSet(words("red", weights={"price": 1.0})))


@pytest.mark.parametrize("after", [("x",), (1.0, "a", "b"), ("cheap", "p01")])
def test_a_position_of_another_list_is_refused(
    shop: Shop, after: tuple[str | float | None, ...]
) -> None:
    order = SortOrder("price", is_descending=False)
    with pytest.raises(InvalidCursorError, match="begin at its first page"):
        shop.page(PagePlan(ResultSet(), sort=order, after=after, limit=3))


@pytest.mark.parametrize("field", ["id", "title", "price", "popularity"])
@pytest.mark.parametrize("is_descending", [False, True])
def test_a_list_goes_on_where_its_last_product_was_deleted(
    shop: Shop, field: str, *, is_descending: bool
) -> None:
    order = SortOrder(field, is_descending=is_descending)
    plan = PagePlan(ResultSet(), sort=order, limit=len(PRODUCTS))
    everything = [product.id for product in shop.page(plan).products]
    for shown in (4, 30, 44):
        first = shop.page(replace(plan, limit=shown))
        last = first.products[-1].id
        shop.write(ProductDelete(last, shown))
        rest = shop.page(replace(plan, after=first.next_after))
        everything.remove(last)
        assert [product.id for product in rest.products] == everything[shown - 1 :]


def test_a_facet_of_numbers_counts_their_spellings(shop: Shop) -> None:
    field = "attributes.heel height"
    values = shop.page(PagePlan(ResultSet(), facets=(FacetRequest(field, 9),))).facets[field]
    assert {value.value for value in values} == {"0", "2.5", "5"}


def test_frequent_words_still_score_above_nothing(shop: Shop) -> None:
    shop.write(*(ProductWrite(Product(f"x{n}", "everywhere"), 1) for n in range(500)))
    found = shop.retrieve(ResultSet(words("everywhere"))).candidates
    assert len(found) == 500
    assert all(one.lexical and one.lexical.bm25_score > 0 for one in found.values())
