import pytest

from hybrid_search.ranking.candidate import SignalBounds
from hybrid_search.ranking.fusion import (
    FusionOptions,
    convex_combination,
    reciprocal_rank_fusion,
)
from hybrid_search.ranking.signals import BM25_EXPONENT, signal_scores
from tests.ranking.candidates import candidate, candidate_set

BOUNDS = {"text_vector": SignalBounds(floor=0.3, lower=0.1, upper=0.6)}


def how(method: str, **weights: float) -> FusionOptions:
    return FusionOptions(method, weights, "theoretical", 60, BOUNDS)


def test_convex_combination_weighs_normalized_scores() -> None:
    found = candidate_set(
        candidate("a", 16.0, has_all_terms=True, text_vector=0.35),
        candidate("b", 4.0, text_vector=0.6),
    )
    fusion = convex_combination(signal_scores(found), how("convex", lexical=3, text_vector=1))
    lexical_b = (0 + (4 / 16) ** BM25_EXPONENT) / 2
    assert fusion.fused_scores.tolist() == pytest.approx(
        [0.75 * 1.0 + 0.25 * (0.35 - 0.1) / 0.5, 0.75 * lexical_b + 0.25 * 1.0]
    )


def test_a_product_that_matches_no_word_has_a_lexical_score_of_zero_not_an_absent_one() -> None:
    found = candidate_set(
        candidate("a", 5.0, text_vector=0.3), candidate("b", 0.0, text_vector=0.6)
    )
    fusion = convex_combination(signal_scores(found), how("convex", lexical=1, text_vector=1))
    assert fusion.shares["lexical"].tolist() == [0.5, 0.5]
    assert fusion.parts["lexical"][1] == 0


def test_a_signal_without_a_weight_takes_no_part() -> None:
    found = candidate_set(candidate("a", 5.0, text_vector=0.3))
    fusion = convex_combination(signal_scores(found), how("convex", lexical=1))
    assert set(fusion.parts) == {"lexical"}


def test_reciprocal_rank_fusion_adds_weighted_reciprocal_ranks() -> None:
    found = candidate_set(
        candidate("a", 9.0, text_vector=0.2),
        candidate("b", 5.0, text_vector=0.9),
        candidate("c", 0.0, text_vector=0.5),
    )
    fusion = reciprocal_rank_fusion(signal_scores(found), how("rrf", lexical=2, text_vector=1))
    assert fusion.fused_scores.tolist() == pytest.approx(
        [(2 / 61 + 1 / 63) / 3, (2 / 62 + 1 / 61) / 3, (0 + 1 / 62) / 3]
    )


def test_a_product_found_by_another_signal_has_its_true_rank() -> None:
    found = candidate_set(
        candidate("a", 9.0, text_vector=0.2), candidate("b", 5.0, text_vector=0.9)
    )
    fusion = reciprocal_rank_fusion(signal_scores(found), how("rrf", lexical=1, text_vector=1))
    assert fusion.ranks["text_vector"].tolist() == [2, 1]


def test_products_of_boosted_legs_take_no_rank_from_others() -> None:
    found = candidate_set(
        candidate("a", 9.0),
        candidate("b", 7.0),
        candidate("c", 5.0),
        unled=("b",),
    )
    fusion = reciprocal_rank_fusion(signal_scores(found), how("rrf", lexical=1))
    assert fusion.ranks["lexical"].tolist() == [1, 2, 2]


def test_equal_scores_rank_by_product_id() -> None:
    found = candidate_set(candidate("b", 5.0), candidate("a", 5.0))
    fusion = reciprocal_rank_fusion(signal_scores(found), how("rrf", lexical=1))
    assert fusion.ranks["lexical"].tolist() == [1, 2]
