"""Boosts: factors on the fused score of products that have a value."""

from collections.abc import Sequence
from dataclasses import dataclass

from hybrid_search.query.request import MAX_BOOST, MIN_BOOST, Boost
from hybrid_search.ranking.candidate import Candidate


@dataclass(frozen=True, slots=True)
class AppliedBoost:
    """A boost that touched a product: the factor that was asked for and the one applied."""

    field: str
    value: str
    requested: float
    factor: float


def clamp(factor: float) -> float:
    """Return the factor kept within `MIN_BOOST` and `MAX_BOOST`, so that none rules alone."""
    return min(max(factor, MIN_BOOST), MAX_BOOST)


def applied_boosts(candidate: Candidate, boosts: Sequence[Boost]) -> tuple[AppliedBoost, ...]:
    """Return the boosts whose value the candidate has, in the order they were asked for."""
    return tuple(
        AppliedBoost(boost.field, boost.value_text, boost.factor, clamp(boost.factor))
        for boost in boosts
        if boost.value_text in candidate.values.get(boost.field, ())
    )


def boosted_score(fused_score: float, boosts: Sequence[AppliedBoost]) -> float:
    """Return the fused score times every applied factor, in order."""
    score = fused_score
    for boost in boosts:
        score *= boost.factor
    return score
