"""From what engines returned to the answer of one search: pure functions."""

import uuid

from hybrid_search.cursor import Cursor
from hybrid_search.engines.port import Page, Retrieval
from hybrid_search.planning import profile_problems
from hybrid_search.prepared_search import PreparedSearch
from hybrid_search.ranking.rank import Ranking
from hybrid_search.response import Applied, Hit, SearchResponse


def ranked_response(
    search: PreparedSearch,
    retrieval: Retrieval,
    ranking: Ranking,
    page: Page,
    notices: tuple[str, ...] = (),
    *,
    hits: tuple[Hit, ...] | None = None,
) -> SearchResponse:
    """Return the first page of a ranking.

    Where the total is not known, it is what paging can show. `hits` stand in for the products of
    the page.
    """
    reachable = len(ranking.product_ids)
    total = reachable if page.total is None else page.total
    return SearchResponse(
        query_id=uuid.uuid4().hex,
        hits=_ranked_hits(search, ranking, page) if hits is None else hits,
        total=total,
        reachable=min(reachable, total),
        applied=_applied(search),
        facets=page.facets,
        notices=(*profile_problems(search.profile, search.generation), *notices),
        degraded=(*search.degraded, *retrieval.degraded, *page.degraded),
    )


def listed_response(
    search: PreparedSearch, page: Page, notices: tuple[str, ...] = ()
) -> SearchResponse:
    """Return a page of a list that is ordered by a field."""
    total = len(page.products) if page.total is None else page.total
    reachable = total if page.reachable is None else min(page.reachable, total)
    next_cursor = None
    if page.next_after:
        next_cursor = Cursor(search.generation.name, page.next_after).write(search.request)
    return SearchResponse(
        query_id=uuid.uuid4().hex,
        hits=tuple(Hit(product.id, product) for product in page.products),
        total=total,
        reachable=reachable,
        applied=_applied(search),
        facets=page.facets,
        next_cursor=next_cursor,
        notices=(*profile_problems(search.profile, search.generation), *notices),
        degraded=(*search.degraded, *page.degraded),
    )


def _applied(search: PreparedSearch) -> Applied:
    return Applied(search.generation.name, search.profile.name, search.profile.version)


def _ranked_hits(search: PreparedSearch, ranking: Ranking, page: Page) -> tuple[Hit, ...]:
    ranks = {product_id: place + 1 for place, product_id in enumerate(ranking.product_ids)}
    return tuple(
        Hit(
            product.id,
            product,
            ranks[product.id],
            ranking.final_scores[product.id],
            ranking.explain(product.id) if search.request.explain else None,
        )
        for product in page.products
    )
