"""Normalizations: raw scores of one signal to a scale that signals share.

Every one is the map `clip((score - offset) / scale, 0, ceiling)`; they differ in what they take
for offset and scale. None gives a negative value, so that multiplying by a boost above 1 never
lowers a score.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hybrid_search.ranking.candidate import SignalBounds
from hybrid_search.ranking.signals import Scores

DEVIATIONS = 3.0


@dataclass(frozen=True, slots=True)
class Scale:
    """The map of one signal in one search: `clip((score - offset) / scale, 0, ceiling)`."""

    offset: float
    scale: float
    ceiling: float = math.inf

    def normalize(self, score: float) -> float:
        """Return the normalized score, 0 or more."""
        return min(max((score - self.offset) / self.scale, 0.0), self.ceiling)

    def normalize_all(self, scores: Scores) -> Scores:
        """Return the normalized scores; NaN stays NaN."""
        return np.clip((scores - self.offset) / self.scale, 0.0, self.ceiling)


Normalize = Callable[[Scores, SignalBounds], Scale]


def theoretical(scores: Scores, bounds: SignalBounds) -> Scale:
    """Scale from the signal's own bounds: `(s - lower) / (max(upper, max s) - lower)`.

    Theoretical min-max of Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
    Retrieval", ACM TOIS 2023, with the lower bound calibrated on the catalogue. The upper bound
    keeps the best hit of a query that nothing fits from counting as a perfect one.
    """
    return _scale(bounds.lower, max(bounds.upper, float(scores.max())) - bounds.lower)


def min_max(scores: Scores, _bounds: SignalBounds) -> Scale:
    """Scale from the candidates: `(s - min s) / (max s - min s)`; 1 when all are equal."""
    return _scale(float(scores.min()), float(np.ptp(scores)))


def z_score(scores: Scores, _bounds: SignalBounds) -> Scale:
    """Standard scores moved so that the least is 0: `(s - mean) / sd - (min s - mean) / sd`.

    The constant that is added changes no order between products that have the signal.
    """
    return _scale(float(scores.min()), _spread(scores))


def l2(scores: Scores, _bounds: SignalBounds) -> Scale:
    """Divide by the Euclidean norm: `s / sqrt(sum s^2)`; negative scores count as 0."""
    return _scale(0.0, float(np.linalg.norm(scores)))


def distribution(scores: Scores, _bounds: SignalBounds) -> Scale:
    """Distribution-based: min-max with the bounds mean - 3 sd and mean + 3 sd, cut to [0, 1].

    Mazzeschi, "Distribution-Based Score Fusion (DBSF)", 2023; 0.5 when all are equal.
    """
    spread = DEVIATIONS * _spread(scores)
    if spread <= 0:
        return Scale(float(scores.mean()) - 0.5, 1.0, ceiling=1.0)
    return Scale(float(scores.mean()) - spread, 2 * spread, ceiling=1.0)


NORMALIZATIONS: dict[str, Normalize] = {
    "theoretical": theoretical,
    "min_max": min_max,
    "z_score": z_score,
    "l2": l2,
    "distribution": distribution,
}


def _spread(scores: Scores) -> float:
    # Rounding gives equal scores a standard deviation just above 0.
    return float(scores.std()) if np.ptp(scores) > 0 else 0.0


def _scale(offset: float, scale: float) -> Scale:
    # Equal scores have no spread to divide by: each of them is the best there is, so it maps to 1.
    return Scale(offset, scale) if scale > 0 else Scale(offset - 1.0, 1.0)
