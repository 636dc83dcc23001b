"""Candidates of every leg, each with its score on every signal."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from hybrid_search.engines.port import (
    Degradation,
    ResultSet,
    Retrieval,
    RetrievalPlan,
    VectorClause,
)
from hybrid_search.engines.sqlite.columns import Mask, Numbers, Rows
from hybrid_search.engines.sqlite.filtering import filter_mask
from hybrid_search.engines.sqlite.lexical import LexicalMatch
from hybrid_search.engines.sqlite.matching import Matcher
from hybrid_search.engines.sqlite.vector_block import ABSENT
from hybrid_search.errors import EngineTimeoutError
from hybrid_search.ranking.candidate import LEXICAL, Candidate, CandidateSet, LexicalScore

_FLOAT32_ERROR = 1e-5
"""More than two float32 cosines of one vector can differ by."""


def retrieve(matcher: Matcher, plan: RetrievalPlan) -> Retrieval:
    """Return the candidates of all legs; without the words when these are late.

    Raises:
        EngineTimeoutError: the words are late and there is no vector that could answer.
    """
    try:
        return Retrieval(_candidate_set(matcher, plan))
    except EngineTimeoutError as error:
        if not plan.results.vectors:
            raise
        vectors_alone = replace(plan, results=replace(plan.results, lexical=None))
        degradation = Degradation(f"retrieve:{LEXICAL}", str(error))
        return Retrieval(_candidate_set(matcher, vectors_alone), (degradation,))


def _candidate_set(matcher: Matcher, plan: RetrievalPlan) -> CandidateSet:
    results = plan.results
    if results.lexical is None and not results.vectors:
        return CandidateSet({}, {})
    mask = matcher.selection(results).mask()
    legs = dict(_legs(matcher, results, mask, plan.window))
    found = list(legs.values())
    for boosted in plan.boosted:
        within = mask & filter_mask(matcher.snapshot, boosted)
        found += [leg for _, leg in _legs(matcher, results, within, plan.window)]
    rows = np.unique(np.concatenate(found))
    ids = matcher.snapshot.roster.ids
    named = {signal: tuple(ids[row] for row in leg.tolist()) for signal, leg in legs.items()}
    candidates = _candidates(matcher, results, rows, plan.value_fields)
    return CandidateSet({one.product_id: one for one in candidates}, named)


def _legs(
    matcher: Matcher, results: ResultSet, mask: Mask, window: int
) -> Iterator[tuple[str, Rows]]:
    """Yield each signal with the rows of its ranking, best first."""
    if results.lexical is not None:
        match = matcher.lexical(results.lexical)
        yield LEXICAL, _lexical_leg(matcher, match, mask, window)
    for clause in results.vectors:
        yield clause.field.name, _vector_leg(matcher, clause, mask, window)


def _lexical_leg(matcher: Matcher, match: LexicalMatch, mask: Mask, window: int) -> Rows:
    rows = np.flatnonzero(mask & match.is_match)
    has_all_terms = match.has_all_terms[rows]
    if np.count_nonzero(has_all_terms) >= window:
        # The first tier fills the window, so nobody needs the scores of the second.
        rows, has_all_terms = rows[has_all_terms], has_all_terms[has_all_terms]
    scores = matcher.words.complete_scores(match, rows)
    ranks = matcher.snapshot.roster.ranks[rows]
    return rows[np.lexsort((ranks, -scores, ~has_all_terms))][:window]


def _vector_leg(matcher: Matcher, clause: VectorClause, mask: Mask, window: int) -> Rows:
    rows = np.flatnonzero(mask & matcher.is_near(clause))
    if len(rows) > window:
        rough = matcher.similarities(clause)[rows]
        least = np.partition(rough, len(rough) - window)[len(rough) - window]
        rows = rows[rough >= least - _FLOAT32_ERROR]
    exact = matcher.exact_similarities(clause, rows)
    return rows[np.lexsort((matcher.snapshot.roster.ranks[rows], -exact))][:window]


def _candidates(
    matcher: Matcher, results: ResultSet, rows: Rows, value_fields: Sequence[str]
) -> list[Candidate]:
    roster = matcher.snapshot.roster
    cosines = {
        clause.field.name: matcher.exact_similarities(clause, rows).tolist()
        for clause in results.vectors
    }
    values = {field: matcher.snapshot.columns[field].values_of(rows) for field in value_fields}
    lexical = _lexical_scores(matcher, results, rows)
    groups = roster.groups[rows].tolist()
    return [
        Candidate(
            product_id=roster.ids[row],
            group_id=roster.group_names.texts[groups[place]],
            lexical=lexical[place],
            cosine_similarities={
                name: found[place] for name, found in cosines.items() if found[place] != ABSENT
            },
            values={field: found[place] for field, found in values.items() if found[place]},
        )
        for place, row in enumerate(rows.tolist())
    ]


def _lexical_scores(
    matcher: Matcher, results: ResultSet, rows: Rows
) -> list[LexicalScore] | list[None]:
    if results.lexical is None:
        return [None] * len(rows)
    match = matcher.lexical(results.lexical)
    is_match = match.is_match[rows]
    scores: Numbers = np.zeros(len(rows))
    scores[is_match] = matcher.words.complete_scores(match, rows[is_match])
    has_all_terms = match.has_all_terms[rows]
    return [
        LexicalScore(score, has_all)
        for score, has_all in zip(scores.tolist(), has_all_terms.tolist(), strict=True)
    ]
