"""Rankings frozen into snapshots, and the further pages that are cut from them."""

from hybrid_search.catalog.texts import shown
from hybrid_search.engines.port import Page, PagePlan, ResultSet
from hybrid_search.errors import ExpiredError, InvalidSnapshotError
from hybrid_search.query.digest import request_digest
from hybrid_search.query.request import SearchRequest
from hybrid_search.ranking.explanation import explanation_record, read_explanation
from hybrid_search.ranking.rank import Ranking
from hybrid_search.response import Applied, Hit, SearchResponse
from hybrid_search.snapshots import Snapshot
from hybrid_search.timing import Timing


def freeze(
    snapshot_id: str, response: SearchResponse, ranking: Ranking, request: SearchRequest, scope: str
) -> Snapshot:
    """Return the whole ranking that a first page was cut from, with what the page said of it."""
    explained = ranking.product_ids if request.explain else ()
    return Snapshot(
        id=snapshot_id,
        query_id=response.query_id,
        digest=request_digest(request, scope),
        generation=response.applied.generation,
        profile=response.applied.profile,
        profile_version=response.applied.profile_version,
        product_ids=ranking.product_ids,
        final_scores=tuple(ranking.final_scores[one] for one in ranking.product_ids),
        total=response.total,
        facets=response.facets,
        notices=response.notices,
        degraded=response.degraded,
        explanations=tuple(explanation_record(ranking.explain(one)) for one in explained),
    )


def expired(snapshot_id: str) -> ExpiredError:
    """Return the error for a snapshot that is not kept any more."""
    return ExpiredError(
        f"snapshot {shown(snapshot_id)} has expired; ask for the first page without a snapshot"
    )


def check_page(snapshot: Snapshot, request: SearchRequest, scope: str) -> None:
    """Check that a request asks for a page of this snapshot.

    Raises:
        InvalidSnapshotError: it asks for something else, or for what the snapshot does not hold.
    """
    if request.cursor is not None:
        raise InvalidSnapshotError("cursor: a snapshot pages by offset; leave cursor out")
    if snapshot.digest != request_digest(request, scope):
        msg = (
            "snapshot: it belongs to another request; send the fields of the first page again, "
            "or leave snapshot out"
        )
        raise InvalidSnapshotError(msg)
    if missing := [field for field in request.facets if field not in snapshot.facets]:
        counted = ", ".join(snapshot.facets) or "nothing"
        msg = f"facets: the snapshot has counted {counted}, not {', '.join(missing)}"
        raise InvalidSnapshotError(f"{msg}; ask for them with the first page")
    if request.explain and not snapshot.explanations and snapshot.product_ids:
        msg = "explain: the snapshot has no explanations; ask for them with the first page"
        raise InvalidSnapshotError(msg)


def frozen_page_plan(snapshot: Snapshot, request: SearchRequest) -> PagePlan:
    """Return which products a further page shows; totals and facets are known."""
    shown_ids = snapshot.product_ids[request.offset : request.offset + request.limit]
    return PagePlan(ResultSet(), shown_ids, is_counted=False)


def frozen_response(
    snapshot: Snapshot, request: SearchRequest, page: Page, timing: Timing
) -> SearchResponse:
    """Return a further page; products that are gone since are left out, the ranks stay."""
    places = {product_id: place for place, product_id in enumerate(snapshot.product_ids)}
    hits = []
    for product in page.products:
        place = places[product.id]
        explanation = read_explanation(snapshot.explanations[place]) if request.explain else None
        hits.append(Hit(product.id, product, place + 1, snapshot.final_scores[place], explanation))
    return SearchResponse(
        query_id=snapshot.query_id,
        hits=tuple(hits),
        total=snapshot.total,
        reachable=min(len(snapshot.product_ids), snapshot.total),
        applied=Applied(snapshot.generation, snapshot.profile, snapshot.profile_version),
        facets={field: snapshot.facets[field] for field in request.facets},
        snapshot=snapshot.id,
        notices=snapshot.notices,
        degraded=(*snapshot.degraded, *page.degraded),
        took_ms=timing.took_ms,
    )
