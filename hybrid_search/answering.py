"""From what engines returned to the answer of one search: pure functions."""

import uuid
from collections.abc import Mapping

from hybrid_search.catalog.product import Product
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
    *,
    hits: tuple[Hit, ...],
    notices: tuple[str, ...] = (),
) -> SearchResponse:
    """Return a page of a ranking; where the total is not known, it is what paging can show."""
    reachable = len(ranking.product_ids)
    total = reachable if page.total is None else page.total
    return SearchResponse(
        query_id=uuid.uuid4().hex,
        hits=hits,
        total=total,
        reachable=min(reachable, total),
        applied=_applied(search),
        facets=page.facets,
        notices=(*profile_problems(search.profile, search.generation), *notices),
        degraded=(*search.degraded, *retrieval.degraded, *page.degraded),
    )


def ranked_hits(
    search: PreparedSearch, ranking: Ranking, products: Mapping[str, Product], *, is_whole: bool
) -> tuple[Hit, ...]:
    """Return the hits of the page that a request asks for.

    Args:
        search: whose request says which page.
        ranking: of all candidates.
        products: by id.
        is_whole: leave out what is ranked and not among the products: it was deleted meanwhile.
    """
    request = search.request
    page_ids = ranking.product_ids[request.offset : request.offset + request.limit]
    return tuple(
        Hit(
            product_id,
            products.get(product_id),
            request.offset + place + 1,
            ranking.final_scores[product_id],
            ranking.explain(product_id) if request.explain else None,
        )
        for place, product_id in enumerate(page_ids)
        if product_id in products or not is_whole
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
