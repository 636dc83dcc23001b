"""Query clauses: words, vectors, filters and the result set they make."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hybrid_search.analysis.terms import LexicalQuery, Phrase, TermGroup
from hybrid_search.engines.port import ResultSet, Vector, VectorClause, VectorField
from hybrid_search.query.fields import ATTRIBUTE_PREFIX
from hybrid_search.query.filters import Filter, RangeFilter, value_text

Clause = dict[str, Any]

TIER_BOOST = 4096.0
MAX_NUM_CANDIDATES = 10_000
HNSW_RESULT_CANDIDATES = 2_000
ALL_TERMS = "all_terms"
LEAST_COSINE = -1.0
QUANTIZED = {"int8_hnsw"}
OVERSAMPLE = 1.5

_FILTER_PATHS = {"category": "category_paths"}
_TEXT_PATHS = {
    "title": "title",
    "description": "description",
    "category": "category",
    "attributes": "attributes_text",
}
"""Fields that are text themselves and hold words; those of the others are beside a keyword."""


def filter_path(field: str) -> str:
    """Return where a filterable field lies in the index."""
    return _FILTER_PATHS.get(field, field)


def filter_clause(wanted: Filter) -> Clause:
    """Return the clause of one filter."""
    if isinstance(wanted, RangeFilter):
        name = wanted.field.removeprefix(ATTRIBUTE_PREFIX)
        path = wanted.field if name == wanted.field else f"attribute_numbers.{name}"
        return {"range": {path: dict(wanted.bounds)}}
    return {"terms": {filter_path(wanted.field): [value_text(value) for value in wanted.values]}}


def restriction(filters: Iterable[Filter], hidden: Iterable[Filter]) -> Clause:
    """Return the clause that keeps products within the filters and drops the hidden ones."""
    clause: Clause = {"filter": [filter_clause(wanted) for wanted in filters]}
    if dropped := [filter_clause(wanted) for wanted in hidden]:
        clause["must_not"] = dropped
    return {"bool": clause}


def lexical_clause(query: LexicalQuery, name: str | None = None) -> Clause:
    """Return the clause that scores the words of a query by BM25.

    A group scores by its best field and best spelling, plus a part of its other fields; groups
    add up. `name` makes the score come back under that name.
    """
    clause: Clause = {
        "bool": {
            "should": [
                _group_clause(group, query.field_weights, query.tie_breaker)
                for group in query.groups
            ],
            "minimum_should_match": query.minimum_groups,
        }
    }
    if name is not None:
        clause["bool"]["_name"] = name
    return clause


def tier_clause(query: LexicalQuery) -> Clause:
    """Return the named filter that only products with all the words of a query pass."""
    weights = dict.fromkeys(query.field_weights, 1.0)
    groups = [_group_clause(group, weights, query.tie_breaker) for group in query.groups]
    return {"bool": {"filter": groups, "_name": ALL_TERMS}}


def tiered_lexical_clause(query: LexicalQuery, name: str) -> Clause:
    """Return the lexical clause with all-words matches above the rest; `name` is pure BM25."""
    above = {"constant_score": {"filter": tier_clause(query), "boost": TIER_BOOST}}
    return {"bool": {"must": [lexical_clause(query, name)], "should": [above]}}


def knn_clause(clause: VectorClause, *, k: int, restricted_to: Clause | None) -> Clause:
    """Return the body of a k-NN search or query for the products nearest to a vector."""
    body: Clause = {
        "field": vector_path(clause.field),
        "query_vector": vector_numbers(clause.vector),
        "k": k,
        "num_candidates": min(max(2 * k, 200), MAX_NUM_CANDIDATES),
    }
    if clause.floor > LEAST_COSINE:
        body["similarity"] = float(clause.floor)
    if clause.field.index_type in QUANTIZED:
        # Floor and order are then judged by the vectors themselves, not by their quantized form.
        body["rescore_vector"] = {"oversample": OVERSAMPLE}
    if restricted_to is not None:
        body["filter"] = restricted_to
    return body


def cosine_clause(clause: VectorClause) -> Clause:
    """Return the named clause whose score is 1 + the exact cosine of a product's best vector."""
    path = vector_path(clause.field)
    script = {
        "source": f"cosineSimilarity(params.vector, '{path}') + 1.0",
        "params": {"vector": vector_numbers(clause.vector)},
    }
    name = clause.field.name
    if clause.field.kind == "single":
        scored = {"query": {"exists": {"field": path}}, "script": script}
        return {"script_score": {**scored, "_name": name}}
    nested = {"path": name, "score_mode": "max", "_name": name}
    scored = {"query": {"match_all": {}}, "script": script}
    return {"nested": {**nested, "query": {"script_score": scored}}}


def result_clause(results: ResultSet) -> Clause:
    """Return the clause that exactly the results match, before filters and hides."""
    should: list[Clause] = []
    if results.lexical is not None:
        should.append(lexical_clause(results.lexical))
    should += [_membership_clause(clause) for clause in results.vectors]
    if not should:
        return {"match_all": {}}
    return {"bool": {"should": should, "minimum_should_match": 1}}


def vector_path(vector_field: VectorField) -> str:
    """Return where the vectors of a field lie in the index."""
    return vector_field.name if vector_field.kind == "single" else f"{vector_field.name}.vector"


def vector_numbers(vector: Vector) -> list[float]:
    """Return the vector for a request, rounded to what float32 can tell apart."""
    numbers: list[float] = np.round(vector.astype(np.float64), 7).tolist()
    return numbers


def _membership_clause(clause: VectorClause) -> Clause:
    is_exact = clause.field.index_type == "flat"
    k = MAX_NUM_CANDIDATES if is_exact else HNSW_RESULT_CANDIDATES
    knn = {"knn": knn_clause(clause, k=k, restricted_to=None)}
    if clause.field.kind == "single":
        return knn
    return {"nested": {"path": clause.field.name, "query": knn}}


def _group_clause(group: TermGroup, weights: Mapping[str, float], tie_breaker: float) -> Clause:
    spellings = [_phrase_clause(phrase, weights, tie_breaker) for phrase in group.alternatives]
    return spellings[0] if len(spellings) == 1 else {"dis_max": {"queries": spellings}}


def _phrase_clause(phrase: Phrase, weights: Mapping[str, float], tie_breaker: float) -> Clause:
    is_word = len(phrase) == 1
    path = _words_path if is_word else _parts_path
    return {
        "multi_match": {
            "query": " ".join(phrase),
            "fields": [f"{path(field)}^{weight:g}" for field, weight in weights.items()],
            "type": "best_fields" if is_word else "phrase",
            "tie_breaker": tie_breaker,
        }
    }


def _words_path(field: str) -> str:
    return _TEXT_PATHS.get(field, f"{field}.words")


def _parts_path(field: str) -> str:
    return f"{_TEXT_PATHS.get(field, field)}.parts"
