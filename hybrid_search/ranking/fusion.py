"""Fusion: the scores of several signals to one fused score."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hybrid_search.ranking.candidate import LEXICAL, SignalBounds
from hybrid_search.ranking.normalization import NORMALIZATIONS, Scale
from hybrid_search.ranking.signals import Scores, SignalScores

LEXICAL_BOUNDS = SignalBounds(floor=0.0, lower=0.0, upper=1.0)
COSINE_BOUNDS = SignalBounds(floor=-1.0, lower=-1.0, upper=1.0)


@dataclass(frozen=True, slots=True)
class FusionOptions:
    """How signals become one score.

    Attributes:
        weights: by signal, 0 or more, above 0 for one signal of the search at least; signals
            that are not named weigh 0.
        bounds: by vector signal; signals that are not named have the bounds of any cosine.
    """

    method: str
    weights: Mapping[str, float]
    normalization: str
    rank_constant: int
    bounds: Mapping[str, SignalBounds]


@dataclass(frozen=True, slots=True)
class Fusion:
    """Every part of every fused score; rows are the products of the `SignalScores`.

    Attributes:
        parts: by signal, what it brings before weighting: a normalized score, or `1 / (k + rank)`.
        shares: by signal, its weight divided by the weights of the signals that the product has;
            0 where it is absent.
        scales: by signal, the normalization of a convex combination.
        ranks: by signal, ranks from 1 of reciprocal rank fusion; 0 where a signal has none.
        fused_scores: the sum of `share * part` over the signals, in the order of the signals.
    """

    parts: Mapping[str, Scores]
    shares: Mapping[str, Scores]
    scales: Mapping[str, Scale]
    ranks: Mapping[str, npt.NDArray[np.int64]]
    fused_scores: Scores


def convex_combination(signals: SignalScores, options: FusionOptions) -> Fusion:
    """Return `sum(w_i * n_i) / sum(w_i)` over the signals present, n_i normalized scores.

    A signal that is absent for a product (it has no picture, say) takes no part in either sum:
    its weight is shared among the others.
    """
    normalize = NORMALIZATIONS[options.normalization]
    weighted = _weighted_signals(signals, options)
    scales: dict[str, Scale] = {}
    parts: dict[str, Scores] = {}
    for signal in weighted:
        scores = signals.by_signal[signal]
        sample = scores[signals.has_leg & ~np.isnan(scores)]
        default = LEXICAL_BOUNDS if signal == LEXICAL else COSINE_BOUNDS
        bounds = options.bounds.get(signal, default)
        scales[signal] = normalize(sample if sample.size else np.zeros(1), bounds)
        parts[signal] = np.nan_to_num(scales[signal].normalize_all(scores))
    shares = _shares(signals, weighted)
    return Fusion(parts, shares, scales, {}, _sum(signals, parts, shares))


def reciprocal_rank_fusion(signals: SignalScores, options: FusionOptions) -> Fusion:
    """Return the weighted `sum(w_i / (k + rank_i)) / sum(w_i)` over the signals present.

    Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual
    Rank Learning Methods", SIGIR 2009. Scores are complete, so a product that another signal
    found has a true rank on this one too, except that no matching word is no rank.
    """
    weighted = _weighted_signals(signals, options)
    ranks = {signal: _ranks(signals, signal) for signal in weighted}
    parts = {
        signal: np.where(rank > 0, 1.0 / (options.rank_constant + rank), 0.0)
        for signal, rank in ranks.items()
    }
    shares = _shares(signals, weighted)
    return Fusion(parts, shares, {}, ranks, _sum(signals, parts, shares))


FUSION_METHODS: dict[str, Callable[[SignalScores, FusionOptions], Fusion]] = {
    "convex": convex_combination,
    "rrf": reciprocal_rank_fusion,
}


def _sum(
    signals: SignalScores, parts: Mapping[str, Scores], shares: Mapping[str, Scores]
) -> Scores:
    fused = np.zeros(len(signals.product_ids))
    for signal, part in parts.items():
        fused = fused + shares[signal] * part
    return fused


def _weighted_signals(signals: SignalScores, options: FusionOptions) -> dict[str, float]:
    return {
        signal: options.weights[signal]
        for signal in signals.by_signal
        if options.weights.get(signal, 0.0) > 0
    }


def _shares(signals: SignalScores, weights: Mapping[str, float]) -> dict[str, Scores]:
    present = {signal: ~np.isnan(signals.by_signal[signal]) for signal in weights}
    total = np.zeros(len(signals.product_ids))
    for signal, weight in weights.items():
        total = total + weight * present[signal]
    divisor = np.where(total > 0, total, 1.0)
    return {signal: weight * present[signal] / divisor for signal, weight in weights.items()}


def _ranks(signals: SignalScores, signal: str) -> npt.NDArray[np.int64]:
    """Rank by descending score, ties by product id; products without a leg displace nobody."""
    scores = signals.by_signal[signal]
    counted = ~np.isnan(scores) if signal != LEXICAL else scores > 0
    ranks = np.zeros(len(scores), dtype=np.int64)
    order = np.lexsort((np.arange(len(scores)), -np.nan_to_num(scores)))
    better = 0
    for row in order:
        if counted[row]:
            ranks[row] = better + 1
            better += int(signals.has_leg[row])
    return ranks
