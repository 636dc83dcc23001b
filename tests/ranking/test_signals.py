import numpy as np
import pytest

from hybrid_search.ranking.candidate import LexicalScore
from hybrid_search.ranking.signals import BM25_EXPONENT, lexical_strength, signal_scores
from tests.ranking.candidates import candidate, candidate_set


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (LexicalScore(9.0, has_all_terms=True), 1.0),
        (LexicalScore(4.0, has_all_terms=True), (1 + (4 / 9) ** BM25_EXPONENT) / 2),
        (LexicalScore(9.0, has_all_terms=False), 0.5),
        (LexicalScore(0.0, has_all_terms=False), 0.0),
    ],
)
def test_lexical_strength(match: LexicalScore, expected: float) -> None:
    assert lexical_strength(match, 9.0) == expected


def test_all_words_are_always_stronger_than_some_words() -> None:
    weakest = lexical_strength(LexicalScore(0.001, has_all_terms=True), 100.0)
    assert weakest > lexical_strength(LexicalScore(100.0, has_all_terms=False), 100.0)


def test_absent_signals_are_nan() -> None:
    scores = signal_scores(candidate_set(candidate("a", text_vector=0.5), candidate("b", x=0.1)))
    assert np.isnan(scores.by_signal["text_vector"]).tolist() == [False, True]


def test_without_words_there_is_no_lexical_signal() -> None:
    assert set(signal_scores(candidate_set(candidate("a", x=0.5))).by_signal) == {"x"}


def test_the_best_bm25_score_ignores_boosted_legs() -> None:
    found = candidate_set(candidate("a", 4.0), candidate("b", 9.0), unled=("b",))
    assert signal_scores(found).best_bm25_score == 4.0
