"""From candidates to an explained order: fuse, boost, collapse, cut to the window, diversify."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hybrid_search.query.request import Boost, Diversity
from hybrid_search.ranking.boosts import AppliedBoost, applied_boosts, boosted_score
from hybrid_search.ranking.candidate import LEXICAL, Candidate, CandidateSet
from hybrid_search.ranking.collapse import collapse_variants
from hybrid_search.ranking.diversity import (
    cap_per_brand,
    maximal_marginal_relevance,
    value_overlap,
)
from hybrid_search.ranking.explanation import Explanation, SignalTerm
from hybrid_search.ranking.fusion import FUSION_METHODS, Fusion, FusionOptions
from hybrid_search.ranking.signals import SignalScores, signal_scores

DIVERSITY_FIELDS = ("brand", "category", "color", "material", "pattern")
"""Two products are alike as far as they share these values."""


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """How candidates become a ranking.

    Attributes:
        window: greatest length of the ranking.
        is_collapsed: whether only the best product of each group stays.
    """

    fusion: FusionOptions
    window: int
    boosts: tuple[Boost, ...] = ()
    is_collapsed: bool = False
    diversity: Diversity | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Products in their final order, and everything that explains it.

    Attributes:
        product_ids: best first, without repeats; equal scores are ordered by product id.
        final_scores: of every candidate, ranked or not, by product id.
    """

    product_ids: tuple[str, ...]
    final_scores: Mapping[str, float]
    _signals: SignalScores
    _fusion: Fusion
    _boosts: Mapping[str, tuple[AppliedBoost, ...]]
    _candidates: CandidateSet
    _options: FusionOptions
    _ranks_before_diversity: Mapping[str, int] = field(default_factory=dict)

    def explain(self, product_id: str) -> Explanation:
        """Return every term of the score of a candidate, ranked or not.

        Raises:
            KeyError: the product is not a candidate.
        """
        candidate = self._candidates.candidates[product_id]
        row = self._signals.product_ids.index(product_id)
        present = {
            signal: bool(self._fusion.shares[signal][row] > 0) for signal in self._fusion.parts
        }
        terms = tuple(self._term(signal, row, candidate) for signal, has in present.items() if has)
        boosts = self._boosts.get(product_id, ())
        fused_score = float(self._fusion.fused_scores[row])
        return Explanation(
            product_id=product_id,
            method=self._options.method,
            terms=terms,
            absent_signals=tuple(signal for signal, has in present.items() if not has),
            fused_score=fused_score,
            boosts=boosts,
            final_score=boosted_score(fused_score, boosts),
            rank_constant=self._options.rank_constant if self._fusion.ranks else None,
            rank_before_diversity=self._ranks_before_diversity.get(product_id),
        )

    def _term(self, signal: str, row: int, candidate: Candidate) -> SignalTerm:
        scale = self._fusion.scales.get(signal)
        ranks = self._fusion.ranks.get(signal)
        match = candidate.lexical if signal == LEXICAL else None
        return SignalTerm(
            signal=signal,
            score=float(self._signals.by_signal[signal][row]),
            part=float(self._fusion.parts[signal][row]),
            share=float(self._fusion.shares[signal][row]),
            offset=scale.offset if scale else None,
            scale=scale.scale if scale else None,
            ceiling=scale.ceiling if scale and math.isfinite(scale.ceiling) else None,
            rank=int(ranks[row]) if ranks is not None else None,
            bm25_score=match.bm25_score if match else None,
            best_bm25_score=self._signals.best_bm25_score if match else None,
            has_all_terms=match.has_all_terms if match else None,
        )


def rank(candidate_set: CandidateSet, options: RankingOptions) -> Ranking:
    """Return the final ranking of the candidates.

    Order: fused score times boosts, descending, ties by product id; then variants collapse, the
    window cuts, and diversity rearranges the first places. No step looks at a page size.
    """
    signals = signal_scores(candidate_set)
    fusion = FUSION_METHODS[options.fusion.method](signals, options.fusion)
    boosts = _all_boosts(candidate_set, options.boosts)
    final_scores = np.array(
        [
            boosted_score(score, boosts.get(product_id, ()))
            for product_id, score in zip(
                signals.product_ids, fusion.fused_scores.tolist(), strict=True
            )
        ]
    )
    by_id = dict(zip(signals.product_ids, final_scores.tolist(), strict=True))
    ordered = [
        signals.product_ids[row]
        for row in np.lexsort((np.arange(len(final_scores)), -final_scores))
    ]
    candidates = candidate_set.candidates
    if options.is_collapsed:
        heads = collapse_variants([candidates[product_id].group_id for product_id in ordered])
        ordered = [ordered[position] for position in heads]
    ordered = ordered[: options.window]
    ranks_before: dict[str, int] = {}
    if options.diversity:
        before = ordered
        ordered = _diversify(ordered, candidates, by_id, options.diversity)
        ranks_before = {
            product_id: before.index(product_id) + 1
            for position, product_id in enumerate(ordered)
            if before[position] != product_id
        }
    return Ranking(
        tuple(ordered),
        by_id,
        signals,
        fusion,
        boosts,
        candidate_set,
        options.fusion,
        ranks_before,
    )


def _all_boosts(
    candidate_set: CandidateSet, boosts: Sequence[Boost]
) -> dict[str, tuple[AppliedBoost, ...]]:
    if not boosts:
        return {}
    return {
        product_id: applied
        for product_id, candidate in candidate_set.candidates.items()
        if (applied := applied_boosts(candidate, boosts))
    }


def _diversify(
    ordered: Sequence[str],
    candidates: Mapping[str, Candidate],
    scores: Mapping[str, float],
    diversity: Diversity,
) -> list[str]:
    head, rest = list(ordered[: diversity.depth]), list(ordered[diversity.depth :])
    if diversity.mmr_lambda is not None:
        similarity = value_overlap([_value_set(candidates[product_id]) for product_id in head])
        order = maximal_marginal_relevance(
            [scores[product_id] for product_id in head], similarity, diversity.mmr_lambda
        )
        head = [head[position] for position in order]
    everything = head + rest
    if diversity.brand_cap is None:
        return everything
    brands = [next(iter(candidates[pid].values.get("brand", ())), None) for pid in everything]
    order = cap_per_brand(brands, diversity.brand_cap, diversity.depth)
    return [everything[position] for position in order]


def _value_set(candidate: Candidate) -> frozenset[str]:
    return frozenset(
        f"{name}={value}" for name in DIVERSITY_FIELDS for value in candidate.values.get(name, ())
    )
