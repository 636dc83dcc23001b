"""Explanations: every term of a score, from which the score can be rebuilt exactly."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hybrid_search.ranking.boosts import AppliedBoost, boosted_score


@dataclass(frozen=True, slots=True)
class SignalTerm:
    """What one signal brought to a fused score: `contribution = share * part`.

    Attributes:
        score: the raw score: lexical strength in [0, 1], or a cosine similarity.
        part: normalized score `clip((score - offset) / scale, 0, ceiling)`, or `1 / (k + rank)`.
        share: the signal's weight among the signals that the product has.
        bm25_score: of the lexical signal only, with `has_all_terms`.
        rank: of reciprocal rank fusion only, from 1; 0 means that no word matches.
        best_bm25_score: what `bm25_score` is compared with, as `lexical_strength` says.
    """

    signal: str
    score: float
    part: float
    share: float
    offset: float | None = None
    scale: float | None = None
    ceiling: float | None = None
    rank: int | None = None
    bm25_score: float | None = None
    best_bm25_score: float | None = None
    has_all_terms: bool | None = None

    @property
    def contribution(self) -> float:
        """What is added to the fused score."""
        return self.share * self.part


@dataclass(frozen=True, slots=True)
class Explanation:
    """All terms of one product's score.

    Attributes:
        rank_constant: the k of reciprocal rank fusion; None for a convex combination.
        absent_signals: signals of this search that the product has nothing for.
        rank_before_diversity: from 1, when diversity moved the product; None otherwise.
    """

    product_id: str
    method: str
    terms: tuple[SignalTerm, ...]
    absent_signals: tuple[str, ...]
    fused_score: float
    boosts: tuple[AppliedBoost, ...]
    final_score: float
    rank_constant: int | None = None
    rank_before_diversity: int | None = None

    def rebuild_fused_score(self) -> float:
        """Return the sum of the contributions, in the order of the terms."""
        fused = 0.0
        for term in self.terms:
            fused += term.contribution
        return fused

    def rebuild_final_score(self) -> float:
        """Return the rebuilt fused score times the factors of the boosts."""
        return boosted_score(self.rebuild_fused_score(), self.boosts)


def explanation_record(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON-serialisable data, each term with its contribution."""
    terms = [{**asdict(term), "contribution": term.contribution} for term in explanation.terms]
    return {**asdict(explanation), "terms": terms}


def read_explanation(record: Mapping[str, Any]) -> Explanation:
    """Return the explanation that `explanation_record` made the record of."""
    terms = (
        {name: value for name, value in term.items() if name != "contribution"}
        for term in record["terms"]
    )
    return Explanation(
        **{
            **record,
            "terms": tuple(SignalTerm(**term) for term in terms),
            "boosts": tuple(AppliedBoost(**boost) for boost in record["boosts"]),
            "absent_signals": tuple(record["absent_signals"]),
        }
    )
