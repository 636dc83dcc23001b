from dataclasses import replace

import pytest
from hypothesis import given

from hybrid_search.query.request import Boost, Diversity
from hybrid_search.ranking.candidate import CandidateSet
from hybrid_search.ranking.rank import RankingOptions, rank
from tests.ranking.candidates import (
    candidate,
    candidate_set,
    candidate_sets,
    options,
    ranking_options,
)


@given(candidate_sets(), ranking_options())
def test_the_terms_of_an_explanation_rebuild_every_score_exactly(
    found: CandidateSet, how: RankingOptions
) -> None:
    ranking = rank(found, how)
    for product_id in found.candidates:
        explanation = ranking.explain(product_id)
        assert explanation.rebuild_fused_score() == explanation.fused_score
        assert explanation.rebuild_final_score() == explanation.final_score
        assert explanation.final_score == ranking.final_scores[product_id]


@given(candidate_sets(), ranking_options())
def test_final_scores_never_rise_down_the_ranking_and_ties_go_by_id(
    found: CandidateSet, how: RankingOptions
) -> None:
    ranking = rank(found, how)
    keys = [(-ranking.final_scores[one], one) for one in ranking.product_ids]
    assert keys == sorted(keys)


@given(candidate_sets(), ranking_options())
def test_a_wider_window_only_adds_products_at_the_end(
    found: CandidateSet, how: RankingOptions
) -> None:
    short, long = rank(found, how), rank(found, replace(how, window=how.window + 5))
    assert long.product_ids[: how.window] == short.product_ids


@given(candidate_sets(), ranking_options())
def test_shares_of_the_signals_present_add_up_to_one(
    found: CandidateSet, how: RankingOptions
) -> None:
    ranking = rank(found, how)
    for product_id in ranking.product_ids:
        terms = ranking.explain(product_id).terms
        assert not terms or sum(term.share for term in terms) == pytest.approx(1)


@given(candidate_sets(), ranking_options())
def test_boosts_change_no_fused_score(found: CandidateSet, how: RankingOptions) -> None:
    boosted, plain = rank(found, how), rank(found, replace(how, boosts=()))
    for product_id in found.candidates:
        fused = plain.explain(product_id).fused_score
        assert boosted.explain(product_id).fused_score == fused


@given(candidate_sets(), ranking_options())
def test_candidates_of_boosted_legs_change_no_other_score(
    found: CandidateSet, how: RankingOptions
) -> None:
    led = {one for leg in found.legs.values() for one in leg}
    base = CandidateSet({one: found.candidates[one] for one in led}, found.legs)
    if not led:
        return
    full, alone = rank(found, how), rank(base, how)
    for product_id in led:
        expected = alone.explain(product_id).final_score
        assert full.explain(product_id).final_score == pytest.approx(expected, rel=1e-12)


def test_a_boost_multiplies_the_fused_score() -> None:
    found = candidate_set(
        candidate("a", 10.0, brand="Acme", text_vector=0.2),
        candidate("b", 9.0, brand="Blue", text_vector=0.2),
    )
    boosts = (Boost(field="brand", value="Blue", factor=1.5),)
    explanation = rank(found, options(boosts=boosts)).explain("b")
    assert explanation.final_score == explanation.fused_score * 1.5


def test_boosts_are_clamped_and_say_so() -> None:
    found = candidate_set(candidate("a", 10.0, brand="Acme"))
    boosts = (Boost(field="brand", value="Acme", factor=1000.0),)
    (applied,) = rank(found, options(boosts=boosts)).explain("a").boosts
    assert (applied.requested, applied.factor) == (1000.0, 10.0)


def test_collapsing_keeps_the_best_variant_of_each_style() -> None:
    found = candidate_set(
        candidate("a", 5.0, group_id="dress"),
        candidate("b", 9.0, group_id="dress"),
        candidate("c", 7.0, group_id="coat"),
    )
    assert rank(found, options(is_collapsed=True)).product_ids == ("b", "c")


def test_the_window_cuts_after_collapsing() -> None:
    found = candidate_set(
        candidate("a", 9.0, group_id="dress"),
        candidate("b", 8.0, group_id="dress"),
        candidate("c", 7.0, group_id="coat"),
    )
    assert rank(found, options(is_collapsed=True, window=2)).product_ids == ("a", "c")


def test_an_absent_signal_shares_its_weight_among_the_others() -> None:
    found = candidate_set(
        candidate("with", 8.0, has_all_terms=True, text_vector=0.5),
        candidate("without", 8.0, has_all_terms=True),
    )
    explanation = rank(found, options()).explain("without")
    assert explanation.absent_signals == ("text_vector",)
    assert [(term.signal, term.share) for term in explanation.terms] == [("lexical", 1.0)]


def test_diversity_moves_products_and_remembers_where_they_were() -> None:
    found = candidate_set(
        candidate("a", 9.0, brand="Acme"),
        candidate("b", 8.0, brand="Acme"),
        candidate("c", 7.0, brand="Blue"),
    )
    capped = replace(options(), diversity=Diversity(brand_cap=1, depth=2))
    ranking = rank(found, capped)
    assert ranking.product_ids == ("a", "c", "b")
    assert ranking.explain("b").rank_before_diversity == 2
    assert ranking.explain("a").rank_before_diversity is None


def test_no_candidates_make_an_empty_ranking() -> None:
    assert rank(CandidateSet({}, {"lexical": ()}), options()).product_ids == ()
