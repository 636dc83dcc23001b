"""`hybrid-search search` and `hybrid-search similar`."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from hybrid_search.bootstrap import open_engine, open_service
from hybrid_search.cli.arguments import parse_boosts, parse_filters, parse_sort, parse_weights
from hybrid_search.cli.result_table import print_response
from hybrid_search.cli.terminal import load_settings, print_json
from hybrid_search.query.request import SearchRequest
from hybrid_search.response import SearchResponse
from hybrid_search.search import SearchService

Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", help="`FIELD=VALUE` or `FIELD>=NUMBER`; repeat for more.", show_default=False
    ),
]
Facets = Annotated[
    list[str] | None,
    typer.Option("--facet", help="Count the values of a field.", show_default=False),
]
Boosts = Annotated[
    list[str] | None,
    typer.Option(
        "--boost", help="`FIELD=VALUE:FACTOR`, such as `brand=Nike:1.3`.", show_default=False
    ),
]
Weights = Annotated[
    list[str] | None,
    typer.Option(
        "--weight", help="`SIGNAL=NUMBER`, such as `text_vector=0.3`.", show_default=False
    ),
]
Limit = Annotated[int, typer.Option(help="Hits on this page.")]
Offset = Annotated[int, typer.Option(help="Hits to skip.")]
Collapse = Annotated[bool, typer.Option("--collapse", help="Show one variant of each style.")]
Explain = Annotated[bool, typer.Option("--explain", help="Show every term of every score.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")]


def search(
    query: Annotated[
        str, typer.Argument(help="What the shopper types; empty lists everything.")
    ] = "",
    filters: Filters = None,
    facets: Facets = None,
    boosts: Boosts = None,
    weights: Weights = None,
    method: Annotated[str | None, typer.Option(help="`convex` or `rrf`.")] = None,
    sort: Annotated[str | None, typer.Option(help="`FIELD` or `FIELD:desc`.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Go on with a list.")] = None,
    limit: Limit = 10,
    offset: Offset = 0,
    collapse: Collapse = False,
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """Search the live index."""
    request = _request(
        filters,
        facets,
        boosts,
        weights,
        q=query,
        limit=limit,
        offset=offset,
        collapse=collapse,
        explain=explain,
        sort=parse_sort(sort),
        cursor=cursor,
        method=method,
    )
    _answer(lambda service: service.search(request), as_json=as_json)


def similar(
    product_id: Annotated[str, typer.Argument(help="Id of the product to start from.")],
    filters: Filters = None,
    facets: Facets = None,
    boosts: Boosts = None,
    weights: Weights = None,
    limit: Limit = 10,
    offset: Offset = 0,
    collapse: Collapse = False,
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """Find products like the one with this id."""
    request = _request(
        filters,
        facets,
        boosts,
        weights,
        limit=limit,
        offset=offset,
        collapse=collapse,
        explain=explain,
    )
    _answer(lambda service: service.similar(product_id, request), as_json=as_json)


def _request(
    filters: list[str] | None,
    facets: list[str] | None,
    boosts: list[str] | None,
    weights: list[str] | None,
    *,
    method: str | None = None,
    **values: Any,
) -> SearchRequest:
    hybrid = {"method": method, "weights": parse_weights(weights or []) or None}
    given = {name: value for name, value in values.items() if value is not None}
    return SearchRequest.parse(
        {
            **given,
            "filter": parse_filters(filters or []),
            "facets": facets or [],
            "boosts": parse_boosts(boosts or []),
            "hybrid": {name: value for name, value in hybrid.items() if value is not None},
        }
    )


def _answer(ask: Callable[[SearchService], SearchResponse], *, as_json: bool) -> None:
    settings = load_settings()
    engine = open_engine(settings)
    try:
        response = ask(open_service(settings, engine))
    finally:
        engine.close()
    if as_json:
        print_json(response.as_dict())
    else:
        print_response(response)
