"""Runs: what a search returned for every query of a set, best first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hybrid_search.errors import HybridSearchError, SettingsError


@dataclass(frozen=True, slots=True)
class Run:
    """The rankings of one system.

    Attributes:
        rankings: by query text, product ids, best first; an id occurs once in a ranking. A query
            that is missing here found nothing.

    Raises:
        HybridSearchError: a ranking holds a product twice.
    """

    rankings: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        for query, product_ids in self.rankings.items():
            if len(set(product_ids)) != len(product_ids):
                twice = next(key for key in product_ids if product_ids.count(key) > 1)
                msg = f"the ranking for {query!r} holds product {twice!r} more than once"
                raise HybridSearchError(f"{msg}; remove repetitions before evaluating it")


def overlap_at_k(first: Run, second: Run, k: int) -> float:
    """Return how much the first `k` products of two runs agree, in [0, 1].

    The mean over the queries of either run of `|A & B| / min(k, max(|A|, |B|))`, where A and B
    are the first `k` products: identical lists agree fully even when they are shorter than `k`,
    also when both are empty, and a list that is cut short disagrees by what it lacks.

    Raises:
        SettingsError: `k` is below 1, or neither run has a query.
    """
    queries = first.rankings.keys() | second.rankings.keys()
    if k < 1:
        raise SettingsError(f"cannot compare the first {k} products; use a k of 1 or more")
    if not queries:
        raise SettingsError("cannot compare two runs without queries; rank at least one query")
    return sum(
        _overlap(first.rankings.get(query, ())[:k], second.rankings.get(query, ())[:k])
        for query in sorted(queries)
    ) / len(queries)


def _overlap(first: Sequence[str], second: Sequence[str]) -> float:
    longest = max(len(first), len(second))
    return len(set(first) & set(second)) / longest if longest else 1.0
