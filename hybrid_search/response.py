"""The answer to a search."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hybrid_search.catalog.product import Product
from hybrid_search.catalog.record import product_record
from hybrid_search.engines.port import Degradation, FacetValue
from hybrid_search.ranking.explanation import Explanation, explanation_record


@dataclass(frozen=True, slots=True)
class Hit:
    """One product of a page.

    Attributes:
        product: None where only the ranking is known.
        rank: from 1, over all pages; None in a list that is ordered by a field.
        final_score: what the product is ranked by; None likewise.
        explanation: when the request asks for it.
    """

    product_id: str
    product: Product | None = None
    rank: int | None = None
    final_score: float | None = None
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What shaped an answer: the generation searched and the profile used."""

    generation: str
    profile: str
    profile_version: int


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """One page of results, with facets and totals of the whole result set.

    Attributes:
        query_id: names this answer in logs.
        total: products of the result set, or styles when variants collapse.
        reachable: how many of them paging can show; a ranked search ends at its window.
        snapshot: the ranking that further pages are cut from, by `offset`; None for a list.
        next_cursor: goes on with a browse or sorted list; None at its end.
        notices: what a person should know, such as a filter value that no product has.
        degraded: parts that are missing from the answer, and why.
        took_ms: by stage.
    """

    query_id: str
    hits: tuple[Hit, ...]
    total: int
    reachable: int
    applied: Applied
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    snapshot: str | None = None
    next_cursor: str | None = None
    notices: tuple[str, ...] = ()
    degraded: tuple[Degradation, ...] = ()
    took_ms: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON-serialisable data; what is None is left out."""
        data = {
            "query_id": self.query_id,
            "total": self.total,
            "reachable": self.reachable,
            "hits": [_hit_dict(hit) for hit in self.hits],
            "facets": {
                name: [asdict(value) for value in values] for name, values in self.facets.items()
            },
            "snapshot": self.snapshot,
            "next_cursor": self.next_cursor,
            "applied": asdict(self.applied),
            "notices": list(self.notices),
            "degraded": [asdict(part) for part in self.degraded],
            "took_ms": dict(self.took_ms),
        }
        return {name: value for name, value in data.items() if value is not None}


def _hit_dict(hit: Hit) -> dict[str, Any]:
    data: dict[str, Any] = {"product_id": hit.product_id}
    if hit.product is not None:
        data["product"] = product_record(hit.product)
    if hit.rank is not None:
        data |= {"rank": hit.rank, "final_score": hit.final_score}
    if hit.explanation is not None:
        data["explanation"] = explanation_record(hit.explanation)
    return data
