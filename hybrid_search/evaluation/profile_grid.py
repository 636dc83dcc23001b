"""Profiles to choose from, and ranking the same retrieved candidates by each of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.calibration import TEXT
from hybrid_search.engines.port import Generation, ResultSet, SearchEngine
from hybrid_search.merchandising.profile import MAX_WEIGHT, Profile
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

VECTOR_WEIGHTS = (0.2, 0.3, 0.4, 0.5)
FIELDS = ("title", "description", "attributes")
FACTORS = (0.5, 2.0)
FUSIONS: tuple[Mapping[str, str], ...] = ({"normalization": "min_max"}, {"method": "rrf"})


@dataclass(frozen=True, slots=True)
class NamedProfile:
    """A profile and what makes it different, for tables."""

    name: str
    profile: Profile

    def __hash__(self) -> int:
        return hash(self.name)


def profile_grid(base: Profile) -> list[NamedProfile]:
    """Return the base profile and its neighbours, the base first.

    A neighbour changes one thing: the weight of the vector signals, the weight of a text field,
    or the fusion. Few options, because of many the best on a sample is mostly the luckiest.
    """
    grid = [NamedProfile("as configured", base)]
    for name, changes in _changes(base):
        neighbour = base.model_copy(update=changes)
        if neighbour != base:
            grid.append(NamedProfile(name, neighbour))
    return grid


def _changes(base: Profile) -> Iterator[tuple[str, Mapping[str, object]]]:
    for weight in VECTOR_WEIGHTS:
        weights = dict.fromkeys(base.weights, weight) | {LEXICAL: 1 - weight}
        yield f"vectors {weight:g}", {"weights": weights}
    for field_name, factor in product(FIELDS, FACTORS):
        weight = min(base.field_weights[field_name] * factor, MAX_WEIGHT)
        changed = {**base.field_weights, field_name: weight}
        yield f"{field_name} {weight:g}", {"field_weights": changed}
    for fusion in FUSIONS:
        yield ", ".join(fusion.values()), fusion


@dataclass(slots=True)
class ProfileRanker:
    """Ranks queries by any profile.

    It retrieves once for each query, set of field weights and set of signals with a weight.
    """

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
        weighted = frozenset(signal for signal, weight in profile.weights.items() if weight > 0)
        key = (query, profile.window, weighted, *sorted(profile.field_weights.items()))
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
