"""Request bodies: one `_msearch` for retrieval and one for a page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hybrid_search.engines.elasticsearch.clauses import (
    Clause,
    cosine_clause,
    filter_clause,
    filter_path,
    knn_clause,
    lexical_clause,
    restriction,
    result_clause,
    tier_clause,
    tiered_lexical_clause,
)
from hybrid_search.engines.elasticsearch.documents import SOURCE_FIELDS
from hybrid_search.engines.port import FacetRequest, PagePlan, ResultSet, RetrievalPlan, SortOrder
from hybrid_search.query.filters import Filter
from hybrid_search.ranking.candidate import LEXICAL

MSEARCH_PARAMETERS = {"include_named_queries_score": "true"}
"""Of every `_msearch`; without it answers have no scores of signals."""
SHARD_SIZE = 10_000
MAX_RESULT_WINDOW = 10_000
_SORT_PATHS = {"title": "title.sort"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One search of a retrieval.

    Attributes:
        signal: whose ranking it is.
        is_boosted: whether it looks at one boosted value only.
        header: of the `_msearch`.
        body: of the search; every hit names its score on every signal.
    """

    signal: str
    is_boosted: bool
    header: Clause
    body: Clause


def retrieval_legs(index: str, plan: RetrievalPlan, *, deadline_ms: int | None) -> list[Leg]:
    """Return a leg per signal, and a leg per signal for each boosted value.

    Every leg rescores its window by the other signals with weight 0: that changes no order, and
    the named queries report each hit's exact score on every signal, whichever leg found it.
    """
    legs: list[Leg] = []
    for boosted in (None, *plan.boosted):
        filters = plan.results.filters if boosted is None else (*plan.results.filters, boosted)
        scope = replace(plan, results=replace(plan.results, filters=filters))
        legs += _legs_of_scope(index, scope, is_boosted=boosted is not None)
    if deadline_ms is not None:
        for leg in legs:
            leg.body["timeout"] = f"{deadline_ms}ms"
    return legs


def page_searches(
    index: str, plan: PagePlan, *, deadline_ms: int | None
) -> dict[str, list[Clause]]:
    """Return header and body of each search of a page, by what it is for."""
    searches = {"totals": _totals_body(plan)} if plan.is_counted else {}
    if plan.product_ids:
        searches["products"] = _products_body(plan.product_ids)
    elif plan.limit:
        searches["products"] = _list_body(plan)
    if deadline_ms is not None:
        for body in searches.values():
            body["timeout"] = f"{deadline_ms}ms"
    return {purpose: [{"index": index}, body] for purpose, body in searches.items()}


def _legs_of_scope(index: str, plan: RetrievalPlan, *, is_boosted: bool) -> list[Leg]:
    results = plan.results
    scope = restriction(results.filters, results.hidden)
    legs: list[Leg] = []
    if results.lexical is not None:
        query = {
            "bool": {**scope["bool"], "must": [tiered_lexical_clause(results.lexical, LEXICAL)]}
        }
        body = _leg_body(plan, [cosine_clause(clause) for clause in results.vectors])
        # Top-level k-NN runs with term statistics of all shards; so must this leg, or the two
        # would give one product two scores.
        header = {"index": index, "search_type": "dfs_query_then_fetch"}
        legs.append(Leg(LEXICAL, is_boosted, header, {**body, "query": query}))
    for clause in results.vectors:
        others = [cosine_clause(clause) for clause in results.vectors]
        if results.lexical is not None:
            others.append(lexical_clause(results.lexical, LEXICAL))
            others.append(tier_clause(results.lexical))
        knn = knn_clause(clause, k=plan.window, restricted_to=scope)
        body = {**_leg_body(plan, others), "knn": knn}
        legs.append(Leg(clause.field.name, is_boosted, {"index": index}, body))
    return legs


def _leg_body(plan: RetrievalPlan, completions: Sequence[Clause]) -> Clause:
    paths = ["group_id", *(filter_path(field) for field in plan.value_fields)]
    body: Clause = {
        "size": plan.window,
        "_source": False,
        "track_total_hits": False,
        "docvalue_fields": list(dict.fromkeys(paths)),
    }
    if completions:
        body["rescore"] = [
            {
                "window_size": plan.window,
                "query": {
                    "rescore_query": clause,
                    "query_weight": 1.0,
                    "rescore_query_weight": 0.0,
                },
            }
            for clause in completions
        ]
    return body


def _totals_body(plan: PagePlan) -> Clause:
    """Total and facets over the result set; a facet leaves the filters of its own field out."""
    faceted = {facet.field for facet in plan.facets}
    shared = [wanted for wanted in plan.results.filters if wanted.field not in faceted]
    own = [wanted for wanted in plan.results.filters if wanted.field in faceted]
    aggregations: Clause = {"total": _scoped(own, _counted({}, plan))}
    for facet in plan.facets:
        others = [wanted for wanted in own if wanted.field != facet.field]
        aggregations[f"facet:{facet.field}"] = _scoped(others, {"values": _facet(facet, plan)})
    return {
        "size": 0,
        "track_total_hits": False,
        "query": _results_query(replace(plan.results, filters=tuple(shared))),
        "aggs": aggregations,
    }


def _scoped(filters: Sequence[Filter], aggregations: Clause) -> Clause:
    within: Clause = {"filter": {"bool": {"filter": [filter_clause(one) for one in filters]}}}
    return {**within, "aggs": aggregations} if aggregations else within


def _counted(aggregations: Clause, plan: PagePlan) -> Clause:
    if not plan.is_collapsed:
        return aggregations
    groups = {"field": "group_id", "precision_threshold": 40_000}
    return {**aggregations, "groups": {"cardinality": groups}}


def _facet(facet: FacetRequest, plan: PagePlan) -> Clause:
    by_count = {"groups" if plan.is_collapsed else "_count": "desc"}
    terms: Clause = {
        "field": filter_path(facet.field),
        "size": facet.size,
        "shard_size": max(SHARD_SIZE, facet.size),
        "order": [by_count, {"_key": "asc"}],
    }
    counted = _counted({}, plan)
    return {"terms": terms, "aggs": counted} if counted else {"terms": terms}


def _results_query(results: ResultSet) -> Clause:
    scope = restriction(results.filters, results.hidden)
    return {"bool": {**scope["bool"], "must": [result_clause(results)]}}


def _products_body(product_ids: Sequence[str]) -> Clause:
    return {
        "size": len(product_ids),
        "track_total_hits": False,
        "_source": list(SOURCE_FIELDS),
        "query": {"ids": {"values": list(product_ids)}},
    }


def _list_body(plan: PagePlan) -> Clause:
    sort = plan.sort or SortOrder("popularity", is_descending=True)
    order = "desc" if sort.is_descending else "asc"
    path = _SORT_PATHS.get(sort.field, sort.field)
    body: Clause = {
        "size": plan.limit,
        "track_total_hits": False,
        "_source": list(SOURCE_FIELDS),
        "query": {"constant_score": {"filter": _results_query(plan.results)}},
        "sort": [{path: {"order": order, "missing": "_last"}}, {"id": "asc"}],
    }
    if plan.is_collapsed:
        # search_after cannot go on behind a collapsed list, so its position is a number of groups.
        body["collapse"] = {"field": "group_id"}
        body["from"] = int(plan.after[0] or 0) if plan.after else 0
    elif plan.after:
        body["search_after"] = list(plan.after)
    return body


def reachable_of(plan: PagePlan) -> int | None:
    """Return how far an ordered list can be paged, or None for one that goes to its end."""
    return MAX_RESULT_WINDOW if plan.is_collapsed and not plan.product_ids else None


def position_after(
    plan: PagePlan, hits: Sequence[dict[str, Any]]
) -> tuple[str | float | None, ...]:
    """Return where an ordered list goes on after these hits; empty at its end."""
    if plan.product_ids or len(hits) < plan.limit or not hits:
        return ()
    if not plan.is_collapsed:
        return tuple(hits[-1]["sort"])
    offset = int(plan.after[0] or 0) if plan.after else 0
    reached = offset + len(hits)
    return (float(reached),) if reached + plan.limit <= MAX_RESULT_WINDOW else ()
