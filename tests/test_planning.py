"""From a request to what an engine is asked."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import Generation, VectorField
from hybrid_search.errors import InvalidRequestError
from hybrid_search.merchandising.profile import Profile
from hybrid_search.planning import (
    check_request,
    itself_and_variants,
    list_plan,
    page_plan,
    profile_problems,
    ranking_options,
    result_set,
    retrieval_plan,
    vector_clauses,
    with_words,
)
from hybrid_search.query.filters import RangeFilter, TermsFilter
from hybrid_search.query.request import Boost, Diversity, SearchRequest
from hybrid_search.ranking.candidate import SignalBounds
from hybrid_search.ranking.rank import DIVERSITY_FIELDS
from tests.contracts.shop import words

TEXT_BOUNDS = SignalBounds(floor=0.3, lower=0.1, upper=0.8)
FIELD = VectorField("text_vector", 2, "single", "flat", "e", "f", {"text": TEXT_BOUNDS})
GENERATION = Generation("g-1", "2025", "english", (FIELD,), attributes=("fit",))
CLAUSES = vector_clauses({"text_vector": np.ones(2, dtype=np.float32)}, GENERATION, "text")
REQUEST = SearchRequest(q="red")
BOOSTS = (
    Boost(field="brand", value="Up", factor=1.5),
    Boost(field="brand", value="Down", factor=0.5),
    Boost(field="in_stock", value=True, factor=2),
    Boost(field="brand", value="Up", factor=1.1),
)


def test_a_vector_clause_takes_the_floor_of_its_kind_of_query() -> None:
    assert [clause.floor for clause in CLAUSES] == [0.3]
    other = vector_clauses({"text_vector": np.ones(2, dtype=np.float32)}, GENERATION, "product")
    assert [clause.floor for clause in other] == [-1.0]
    assert vector_clauses({}, GENERATION, "text") == ()


def test_values_boosted_above_one_get_a_leg_each_and_every_boosted_field_is_fetched() -> None:
    plan = retrieval_plan(result_set(words("red"), (), Profile(), ()), BOOSTS, Profile(), REQUEST)
    assert plan.boosted == (TermsFilter("brand", ("Up",)), TermsFilter("in_stock", (True,)))
    assert plan.value_fields == ("brand", "in_stock")
    assert plan.window == Profile().window


def test_diversity_fetches_what_products_may_share() -> None:
    diverse = REQUEST.model_copy(update={"diversity": Diversity(brand_cap=1)})
    results = result_set(words("red"), (), Profile(), ())
    for request, profile in (
        (diverse, Profile()),
        (REQUEST, Profile(diversity=Diversity(brand_cap=1))),
    ):
        plan = retrieval_plan(results, BOOSTS[:1], profile, request)
        assert plan.value_fields == tuple(dict.fromkeys(("brand", *DIVERSITY_FIELDS)))


def test_words_without_weight_make_no_results_beside_vectors() -> None:
    silent = Profile(weights={"lexical": 0})
    assert result_set(words("red"), CLAUSES, silent, ()).lexical is None
    assert result_set(words("red"), (), silent, ()).lexical is not None
    assert result_set(words("red"), CLAUSES, Profile(), ()).lexical is not None


def test_words_count_again_when_vectors_are_missing() -> None:
    silent = Profile(weights={"lexical": 0})
    assert with_words(silent).weights["lexical"] > 0
    assert with_words(Profile()) is not None
    assert with_words(Profile()).weights == Profile().weights


def test_ranking_uses_the_bounds_of_the_kind_of_query() -> None:
    results = result_set(words("red"), CLAUSES, Profile(), ())
    text = ranking_options(results, (), Profile(), REQUEST, "text")
    assert text.fusion.bounds == {"text_vector": TEXT_BOUNDS}
    other = ranking_options(results, (), Profile(), REQUEST, "product")
    assert other.fusion.bounds["text_vector"].lower == -1


def test_diversity_of_a_request_wins_over_the_profiles() -> None:
    results = result_set(words("red"), (), Profile(), ())
    profile = Profile(diversity=Diversity(brand_cap=5))
    diverse = REQUEST.model_copy(update={"diversity": Diversity(brand_cap=1)})
    for request, cap in ((REQUEST, 5), (diverse, 1)):
        found = ranking_options(results, (), profile, request, "text").diversity
        assert found is not None
        assert found.brand_cap == cap


def test_a_page_shows_its_products_and_a_list_its_order() -> None:
    request = SearchRequest.parse(
        {"facets": ["brand", "brand"], "facet_size": 3, "collapse": True, "limit": 7}
    )
    results = result_set(None, (), Profile(), ())
    page = page_plan(request, results, ["b", "a"])
    assert (page.product_ids, page.limit, page.sort) == (("b", "a"), 0, None)
    assert [(one.field, one.size) for one in page.facets] == [("brand", 3)]
    assert page.is_collapsed
    sorted_request = SearchRequest.parse({"sort": {"field": "price", "order": "desc"}, "limit": 7})
    ordered = list_plan(sorted_request, results, (1.0, "a"))
    assert ordered.sort is not None
    assert (ordered.sort.field, ordered.sort.is_descending) == ("price", True)
    assert (ordered.limit, ordered.after, ordered.product_ids) == (7, (1.0, "a"), ())


def test_a_product_hides_itself_and_its_style() -> None:
    single = Product("a", "t")
    assert itself_and_variants(single) == (
        TermsFilter("id", ("a", "a")),
        TermsFilter("style_id", ("a",)),
    )
    assert itself_and_variants(replace(single, style_id="s")) == (
        TermsFilter("id", ("a", "s")),
        TermsFilter("style_id", ("s",)),
    )


def test_a_boost_of_a_profile_that_cannot_work_is_named() -> None:
    profile = Profile(boosts=(Boost(field="colour", value="red", factor=2.0),))
    (problem,) = profile_problems(profile, Generation("g", "2025-01-01", "english"))
    assert "'colour'" in problem
    assert "did you mean 'color'" in problem


def test_a_checked_request_gives_its_filters_as_engines_take_them() -> None:
    request = SearchRequest.parse(
        {"q": "red", "filter": {"price": "10", "updated_at": {"gte": "2025-01-31"}}}
    )
    assert check_request(request, GENERATION, is_ranked=True) == (
        TermsFilter("price", (10.0,)),
        RangeFilter("updated_at", gte="2025-01-31T00:00:00.000+00:00"),
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"facets": ["price"]}, "cannot facet by 'price', a number; filter on it with bounds"),
        ({"facets": ["updated_at"]}, "cannot facet by 'updated_at', a date"),
        ({"hybrid": {"weights": {"lexicl": 1}}}, "signals: lexical, text_vector; did you mean"),
        ({"boosts": [{"field": "price", "value": 1, "factor": 2}]}, "cannot boost 'price'"),
    ],
)
def test_a_field_is_used_only_as_it_can_be(fields: dict[str, object], message: str) -> None:
    request = SearchRequest.parse({"q": "red", **fields})
    with pytest.raises(InvalidRequestError, match=message):
        check_request(request, GENERATION, is_ranked=True)
