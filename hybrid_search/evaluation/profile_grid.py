"""Profiles to choose from, and ranking the same retrieved candidates by each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.calibration import TEXT
from hybrid_search.engines.port import Generation, ResultSet, SearchEngine
from hybrid_search.merchandising.profile import Profile
from hybrid_search.planning import (
    ranking_options,
    result_set,
    retrieval_plan,
    vector_clauses,
)
from hybrid_search.query.request import SearchRequest
from hybrid_search.query_encoding import QueryEncoders
from hybrid_search.ranking.candidate import LEXICAL, CandidateSet
from hybrid_search.ranking.rank import rank

VECTOR_WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.6)
FIELD_CHANGES: tuple[Mapping[str, float], ...] = (
    {},
    {"title": 2.0},
    {"title": 5.0},
    {"description": 1.0},
    {"attributes": 0.5},
)
FUSIONS: tuple[Mapping[str, str], ...] = (
    {},
    {"normalization": "min_max"},
    {"method": "rrf"},
)


@dataclass(frozen=True, slots=True)
class NamedProfile:
    """A profile and what makes it different, for tables."""

    name: str
    profile: Profile

    def __hash__(self) -> int:
        return hash(self.name)


def profile_grid(base: Profile) -> list[NamedProfile]:
    """Return the base profile and its neighbours, the base first.

    Neighbours change the weight of the vector signals, the weights of fields, or the fusion.
    """
    grid = [NamedProfile("as configured", base)]
    for weight, fields, fusion in product(VECTOR_WEIGHTS, FIELD_CHANGES, FUSIONS):
        weights = dict.fromkeys(base.weights, weight) | {LEXICAL: 1 - weight}
        changes = {
            "weights": weights,
            "field_weights": {**base.field_weights, **fields},
            **fusion,
        }
        parts = [f"vectors {weight:g}", *(f"{name} {value:g}" for name, value in fields.items())]
        grid.append(
            NamedProfile(", ".join([*parts, *fusion.values()]), base.model_copy(update=changes))
        )
    return grid


@dataclass(slots=True)
class ProfileRanker:
    """Ranks queries by any profile, retrieving once for each query and set of field weights."""

    engine: SearchEngine
    generation: Generation
    encoders: QueryEncoders
    vocabulary: Vocabulary
    depth: int
    _retrieved: dict[tuple[object, ...], tuple[ResultSet, CandidateSet]] = field(
        default_factory=dict
    )

    def rank(self, query: str, option: NamedProfile) -> Sequence[str]:
        """Return the product ids of a query's ranking, best first, at most `depth`."""
        profile = option.profile
        results, candidates = self._retrieve(query, profile)
        if not candidates.candidates:
            return ()
        request = SearchRequest(q=query)
        options = ranking_options(results, profile.boosts, profile, request, TEXT)
        return rank(candidates, options).product_ids[: self.depth]

    def _retrieve(self, query: str, profile: Profile) -> tuple[ResultSet, CandidateSet]:
        key = (query, profile.window, *sorted(profile.field_weights.items()))
        if key not in self._retrieved:
            language = self.generation.language
            lexical = self.vocabulary.parse(query, language, profile.field_weights)
            encoded = self.encoders.encode(query, self.generation, profile.weights)
            clauses = vector_clauses(encoded.vectors, self.generation, TEXT)
            results = result_set(lexical, clauses, profile, ())
            plan = retrieval_plan(results, profile.boosts, profile, SearchRequest(q=query))
            retrieved = self.engine.retrieve(self.generation.name, plan)
            self._retrieved[key] = (results, retrieved.candidates)
        return self._retrieved[key]
