"""What Elasticsearch answers, in this package's terms."""

from collections.abc import Mapping, Sequence
from typing import Any

from hybrid_search.engines.elasticsearch.clauses import ALL_TERMS, filter_path
from hybrid_search.engines.elasticsearch.documents import read_product
from hybrid_search.engines.elasticsearch.failures import cause_of
from hybrid_search.engines.elasticsearch.queries import Leg, position_after, reachable_of
from hybrid_search.engines.port import Degradation, FacetValue, Page, PagePlan, RetrievalPlan
from hybrid_search.ranking.candidate import LEXICAL, Candidate, CandidateSet, LexicalScore

Response = Mapping[str, Any]


def failure_of(response: Response) -> str | None:
    """Return why a search of an `_msearch` is not whole, or None when it is."""
    if "error" in response:
        return cause_of(response["error"])
    if response["timed_out"]:
        return "it was not done before its deadline"
    shards = response["_shards"]
    if shards["failed"]:
        reason = cause_of(shards["failures"][0]["reason"]) if shards.get("failures") else "unknown"
        return f"{shards['failed']} of {shards['total']} shards failed: {reason}"
    return None


def read_candidates(
    legs: Sequence[Leg], responses: Sequence[Response], plan: RetrievalPlan
) -> tuple[CandidateSet, tuple[Degradation, ...]]:
    """Return the candidates of all whole legs, and a word about each of the others."""
    candidates: dict[str, Candidate] = {}
    found: dict[str, list[str]] = {}
    degraded: list[Degradation] = []
    for leg, response in zip(legs, responses, strict=True):
        if (failure := failure_of(response)) is not None:
            stage = f"retrieve:{leg.signal}" + (":boosted" if leg.is_boosted else "")
            degraded.append(Degradation(stage, failure))
            continue
        hits = [hit for hit in response["hits"]["hits"] if _is_found(hit, leg.signal)]
        for hit in hits:
            if hit["_id"] not in candidates:
                candidates[hit["_id"]] = _candidate(hit, plan)
        if not leg.is_boosted:
            found[leg.signal] = [hit["_id"] for hit in hits]
    ordered = {
        signal: tuple(sorted(ids, key=lambda one: (*_rank_key(candidates[one], signal), one)))
        for signal, ids in found.items()
    }
    return CandidateSet(candidates, ordered), tuple(degraded)


def read_page(answers: Mapping[str, Response], plan: PagePlan) -> Page:
    """Return the page that the answers to `page_searches` make, by their purpose.

    Answers that are not whole are left out and named, so the caller has to refuse those that a
    page cannot do without.
    """
    failures = {purpose: failure_of(answer) for purpose, answer in answers.items()}
    hits = answers["products"]["hits"]["hits"] if "products" in answers else []
    products = {hit["_id"]: read_product(hit["_source"]) for hit in hits}
    shown = plan.product_ids or tuple(products)
    total, facets = None, {}
    if failures.get("totals", "") is None:
        aggregations = answers["totals"]["aggregations"]
        total = _total(aggregations, is_collapsed=plan.is_collapsed)
        facets = _facets(aggregations, plan)
    return Page(
        products=tuple(products[one] for one in shown if one in products),
        total=total,
        facets=facets,
        next_after=position_after(plan, hits),
        reachable=reachable_of(plan),
        degraded=tuple(
            Degradation(purpose, failure)
            for purpose, failure in failures.items()
            if failure is not None
        ),
    )


def _total(aggregations: Mapping[str, Any], *, is_collapsed: bool) -> int:
    total = aggregations["total"]
    return int(total["groups"]["value"] if is_collapsed else total["doc_count"])


def _facets(aggregations: Mapping[str, Any], plan: PagePlan) -> dict[str, tuple[FacetValue, ...]]:
    facets: dict[str, tuple[FacetValue, ...]] = {}
    for facet in plan.facets:
        buckets = aggregations[f"facet:{facet.field}"]["values"]["buckets"]
        facets[facet.field] = tuple(
            FacetValue(
                str(bucket.get("key_as_string", bucket["key"])),
                int(bucket["groups"]["value"] if plan.is_collapsed else bucket["doc_count"]),
            )
            for bucket in buckets
        )
    return facets


def _is_found(hit: Mapping[str, Any], signal: str) -> bool:
    # When k is above the number of vectors, Elasticsearch 9.4 fills up a filtered search of a
    # `flat` field with products that have no vector.
    return signal == LEXICAL or signal in hit.get("matched_queries", {})


def _candidate(hit: Mapping[str, Any], plan: RetrievalPlan) -> Candidate:
    scores = hit.get("matched_queries", {})
    fields = hit["fields"]
    values: dict[str, tuple[str, ...]] = {}
    for field in plan.value_fields:
        stored = fields.get(filter_path(field))
        if stored:
            values[field] = tuple(_value_text(value) for value in stored)
    lexical = None
    if plan.results.lexical is not None:
        bm25_score = float(scores.get(LEXICAL, 0.0))
        lexical = LexicalScore(bm25_score, bm25_score > 0 and ALL_TERMS in scores)
    cosines = {
        clause.field.name: max(-1.0, min(1.0, scores[clause.field.name] - 1.0))
        for clause in plan.results.vectors
        if clause.field.name in scores
    }
    return Candidate(hit["_id"], fields["group_id"][0], lexical, cosines, values)


def _value_text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _rank_key(candidate: Candidate, signal: str) -> tuple[float, float]:
    if signal == LEXICAL and candidate.lexical is not None:
        return (-candidate.lexical.has_all_terms, -candidate.lexical.bm25_score)
    return (0.0, -candidate.cosine_similarities.get(signal, -1.0))
