"""Diversity: rearranging the first places so that they do not all look the same."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def maximal_marginal_relevance(
    relevance: Sequence[float], similarity: npt.NDArray[np.float64], mmr_lambda: float
) -> list[int]:
    """Return all positions in the order of maximal marginal relevance.

    Each step takes the position with the greatest
    `lambda * relevance / max relevance - (1 - lambda) * max similarity to those taken`; ties by
    position. Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking", SIGIR 1998.

    Args:
        relevance: 0 or more, best first.
        similarity: shape `(n, n)`, symmetric, in [-1, 1].
        mmr_lambda: 1 keeps the order; 0 looks at difference alone.
    """
    if not relevance:
        return []
    scaled = np.asarray(relevance, dtype=np.float64) / (max(relevance) or 1.0)
    nearest = np.zeros(len(scaled))
    remaining = np.ones(len(scaled), dtype=np.bool_)
    order: list[int] = []
    while remaining.any():
        gain = mmr_lambda * scaled - (1 - mmr_lambda) * nearest
        chosen = int(np.argmax(np.where(remaining, gain, -np.inf)))
        order.append(chosen)
        remaining[chosen] = False
        nearest = np.maximum(nearest, similarity[chosen]) if len(order) > 1 else similarity[chosen]
    return order


def value_overlap(values: Sequence[frozenset[str]]) -> npt.NDArray[np.float64]:
    """Return pairwise Jaccard similarities `|A & B| / |A | B|`; 0 between empty sets."""
    similarity = np.eye(len(values))
    for i, left in enumerate(values):
        for j in range(i):
            union = len(left | values[j])
            similarity[i, j] = similarity[j, i] = len(left & values[j]) / union if union else 0.0
    return similarity


def cap_per_brand(brands: Sequence[str | None], cap: int, depth: int) -> list[int]:
    """Return all positions with at most `cap` of one brand among the first `depth`.

    Surplus products go behind the first `depth` places, in their order; when too few others are
    left to fill those places, the surplus fills them. Products without a brand are not capped.
    """
    taken: Counter[str] = Counter()
    head: list[int] = []
    rest: list[int] = []
    for position, brand in enumerate(brands):
        is_surplus = brand is not None and taken[brand] >= cap
        if len(head) >= depth or is_surplus:
            rest.append(position)
            continue
        head.append(position)
        if brand is not None:
            taken[brand] += 1
    return head + rest
