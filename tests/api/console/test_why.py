"""Reasons that a person reads, and that add up."""

import dataclasses

from hybrid_search.api.console.why import WhyLine, why_lines, why_summary
from hybrid_search.ranking.boosts import AppliedBoost
from hybrid_search.ranking.explanation import Explanation, SignalTerm

WORDS = SignalTerm("lexical", score=0.8, part=0.8, share=0.6, bm25_score=12.345, has_all_terms=True)
MEANING = SignalTerm("text_vector", score=0.7, part=0.5, share=0.4, offset=0.2, scale=1.0)
WHY = Explanation(
    product_id="p1",
    method="convex",
    terms=(WORDS, MEANING),
    absent_signals=("image_vector",),
    fused_score=0.6 * 0.8 + 0.4 * 0.5,
    boosts=(AppliedBoost("brand", "Acme", requested=20.0, factor=10.0),),
    final_score=(0.6 * 0.8 + 0.4 * 0.5) * 10,
    rank_before_diversity=3,
)


def test_every_term_has_a_line() -> None:
    assert why_lines(WHY) == (
        WhyLine("words", "all words, BM25 12.35: 0.8000 × weight 0.60", f"{0.6 * 0.8:.4f}"),
        WhyLine("meaning", "similarity 0.700: 0.5000 × weight 0.40", f"{0.4 * 0.5:.4f}"),
        WhyLine("picture", "the product has none; its weight goes to the others", ""),
        WhyLine("boost", "brand Acme, asked for × 20", "× 10"),
        WhyLine("diversity", "moved from place 3 to vary the first places", ""),
        WhyLine("score", "", f"{WHY.final_score:.4f}"),
    )


def test_the_summary_is_one_line() -> None:
    assert why_summary(WHY) == "words 0.480 + meaning 0.200 × 10 for Acme"


def test_words_that_are_missing_are_said() -> None:
    some = dataclasses.replace(WORDS, has_all_terms=False, rank=4)
    none = dataclasses.replace(WORDS, bm25_score=0.0, has_all_terms=False)
    lines = why_lines(dataclasses.replace(WHY, terms=(some, none)))
    assert lines[0].detail.startswith("some of the words, BM25 12.35, place 4:")
    assert lines[1].detail.startswith("no word:")
