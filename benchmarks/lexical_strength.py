"""`python -m benchmarks.relevance --strength`: nDCG@10 of ways to read a match of words.

One retrieval for each query and tie breaker; all rows are ranked from these, so that they differ
in nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hybrid_search.analysis.terms import TIE_BREAKER
from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.calibration import TEXT
from hybrid_search.engines.port import RetrievalPlan, SearchEngine
from hybrid_search.evaluation.judgments import Judgments
from hybrid_search.evaluation.metrics import VIEWS, MetricScorer, parse_metric
from hybrid_search.evaluation.runs import Run
from hybrid_search.merchandising.profile import Profile
from hybrid_search.planning import ranking_options, result_set, vector_clauses
from hybrid_search.query.request import SearchRequest
from hybrid_search.query_encoding import QueryEncoders
from hybrid_search.ranking.candidate import LEXICAL, CandidateSet, LexicalScore
from hybrid_search.ranking.fusion import FusionOptions, convex_combination
from hybrid_search.ranking.signals import signal_scores

METRIC = parse_metric("ndcg@10")
VECTOR_WEIGHTS = (0.0, 0.2, 0.3, 0.4, 0.5)
TIE_BREAKERS = (0.0, TIE_BREAKER, 0.3)

Strength = Callable[[float, bool], float]
"""From BM25 as a part of the best, and whether all words occur, to [0, 1]."""

STRENGTHS: Mapping[str, Strength] = {
    "share": lambda share, _has_all: share,
    "sqrt(share)": lambda share, _has_all: share**0.5,
    "(t + share) / 2": lambda share, has_all: (has_all + share) / 2,
    "(t + share ** 0.7) / 2": lambda share, has_all: (has_all + share**0.7) / 2,
    "(t + sqrt(share)) / 2": lambda share, has_all: (has_all + share**0.5) / 2,
    "(t + share ** 0.35) / 2": lambda share, has_all: (has_all + share**0.35) / 2,
}


@dataclass(frozen=True, slots=True)
class _Retrieved:
    query: str
    candidates: CandidateSet
    fusion: FusionOptions


def strength_rows(
    engine: SearchEngine, encoders: QueryEncoders, vocabulary: Vocabulary, judgments: Judgments
) -> Iterator[str]:
    """Yield the lines of the table: unrated products as 0 / left out, by weight of the vectors."""
    scorer = MetricScorer(judgments, [METRIC])
    heads = " | ".join(f"{weight:^13g}" for weight in VECTOR_WEIGHTS)
    yield f"{'tie breaker, strength':32} {heads}"
    for tie_breaker in TIE_BREAKERS:
        retrieved = list(_retrieve(engine, encoders, vocabulary, scorer.queries, tie_breaker))
        for name, strength in STRENGTHS.items():
            if tie_breaker != TIE_BREAKER and name != "(t + sqrt(share)) / 2":
                continue
            figures = (
                _figures(scorer, retrieved, strength, vector_weight)
                for vector_weight in VECTOR_WEIGHTS
            )
            yield f"{tie_breaker:<7g} {name:24} {' | '.join(figures)}"


def _retrieve(
    engine: SearchEngine,
    encoders: QueryEncoders,
    vocabulary: Vocabulary,
    queries: Sequence[str],
    tie_breaker: float,
) -> Iterator[_Retrieved]:
    profile = Profile()
    generation = engine.live_generation()
    for query in queries:
        lexical = vocabulary.parse(query, generation.language, profile.field_weights)
        if lexical is not None:
            lexical = replace(lexical, tie_breaker=tie_breaker)
        vectors = encoders.encode(query, generation, profile.weights).vectors
        results = result_set(lexical, vector_clauses(vectors, generation, TEXT), profile, ())
        found = engine.retrieve(generation.name, RetrievalPlan(results, profile.window))
        options = ranking_options(results, (), profile, SearchRequest(q=query), TEXT)
        yield _Retrieved(query, found.candidates, options.fusion)


def _figures(
    scorer: MetricScorer, retrieved: Sequence[_Retrieved], strength: Strength, weight: float
) -> str:
    run = Run({one.query: _ranking(one, strength, weight) for one in retrieved})
    means = (np.mean(list(scorer.score(run, view)[METRIC].values())) for view in VIEWS)
    return " / ".join(f"{mean:.3f}" for mean in means)


def _ranking(one: _Retrieved, strength: Strength, vector_weight: float) -> Sequence[str]:
    signals = signal_scores(one.candidates)
    candidates = one.candidates.candidates
    by_signal = dict(signals.by_signal)
    if LEXICAL in by_signal:
        matches = [candidates[product_id].lexical for product_id in signals.product_ids]
        best = signals.best_bm25_score
        by_signal[LEXICAL] = np.array([_strength(match, best, strength) for match in matches])
    weights = dict.fromkeys(by_signal, vector_weight) | {LEXICAL: 1 - vector_weight}
    fusion = convex_combination(
        replace(signals, by_signal=by_signal), replace(one.fusion, weights=weights)
    )
    order = np.argsort(-fusion.fused_scores, kind="stable")
    found = [row for row in order.tolist() if fusion.fused_scores[row] > 0]
    return [signals.product_ids[row] for row in found[: Profile().window]]


def _strength(match: LexicalScore | None, best: float, strength: Strength) -> float:
    if match is None or match.bm25_score <= 0 or best <= 0:
        return 0.0
    return strength(min(1.0, match.bm25_score / best), match.has_all_terms)
