"""Raw scores of every candidate on every signal, as arrays."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hybrid_search.ranking.candidate import LEXICAL, CandidateSet, LexicalScore

Scores = npt.NDArray[np.float64]

BM25_EXPONENT = 0.5


def lexical_strength(match: LexicalScore, best_bm25_score: float) -> float:
    """Return how well a product matches the words, in [0, 1].

    `(t + sqrt(bm25 / best)) / 2`, with t = 1 when every word occurs and 0 otherwise: products
    with all words fill the upper half. The root flattens BM25's long tail, without which one
    short title decides the whole scale. A product from beyond the window counts as the best at
    most.
    """
    if match.bm25_score <= 0 or best_bm25_score <= 0:
        return 0.0
    share: float = min(1.0, match.bm25_score / best_bm25_score) ** BM25_EXPONENT
    return (match.has_all_terms + share) / 2


@dataclass(frozen=True, slots=True)
class SignalScores:
    """Scores of the same candidates on each signal.

    Attributes:
        product_ids: ascending; row i of every array is product i.
        has_leg: whether a signal's own ranking found the candidate, rather than only the leg of
            a boosted value.
        by_signal: raw scores; NaN where the signal is absent for the product.
        best_bm25_score: the greatest of the candidates with a leg.
    """

    product_ids: tuple[str, ...]
    has_leg: npt.NDArray[np.bool_]
    by_signal: Mapping[str, Scores]
    best_bm25_score: float


def signal_scores(candidate_set: CandidateSet) -> SignalScores:
    """Return the raw scores of all candidates: lexical strength and cosine similarities."""
    product_ids = tuple(sorted(candidate_set.candidates))
    candidates = [candidate_set.candidates[product_id] for product_id in product_ids]
    found = set().union(*candidate_set.legs.values())
    matches = [candidate.lexical for candidate in candidates]
    best = max(
        (
            match.bm25_score
            for product_id, match in zip(product_ids, matches, strict=True)
            if match is not None and product_id in found
        ),
        default=0.0,
    )
    by_signal: dict[str, Scores] = {}
    if any(match is not None for match in matches):
        by_signal[LEXICAL] = np.array(
            [math.nan if match is None else lexical_strength(match, best) for match in matches]
        )
    for signal in sorted({name for found_ in candidates for name in found_.cosine_similarities}):
        by_signal[signal] = np.array(
            [candidate.cosine_similarities.get(signal, math.nan) for candidate in candidates]
        )
    has_leg = np.array([product_id in found for product_id in product_ids], dtype=np.bool_)
    return SignalScores(product_ids, has_leg, by_signal, best)
