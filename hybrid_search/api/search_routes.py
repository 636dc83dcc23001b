"""Searching: pages of products, similar ones, single ones, and searches in two halves."""

from typing import Any

from flask import request as http_request
from flask_openapi3.models.tag import Tag

from hybrid_search.api.metrics import UNLOGGED, count_search
from hybrid_search.api.request_reading import read_parameters
from hybrid_search.api.schemas import (
    PlanAnswer,
    PlanRequest,
    ProductAnswer,
    ProductPath,
    RankRequest,
    SearchAnswer,
    SearchParameters,
)
from hybrid_search.api.service_blueprint import ServiceBlueprint, needs
from hybrid_search.api.services import Services
from hybrid_search.catalog.record import product_record
from hybrid_search.query.request import SearchRequest
from hybrid_search.response import SearchResponse

SEARCH = Tag(name="search", description="Pages of products")
HALVES = Tag(name="plan and rank", description="For backends that ask Elasticsearch themselves")

Answer = dict[str, Any]


def add_search_routes(blueprint: ServiceBlueprint, services: Services) -> None:
    """Add the routes to the blueprint."""

    def answered(kind: str, request: SearchRequest, response: SearchResponse) -> Answer:
        count_search(response)
        services.note(kind, request, response)
        UNLOGGED.set(services.query_log.dropped)
        return response.as_dict()

    @blueprint.post("/v1/search", tags=[SEARCH], responses={200: SearchAnswer})
    @needs("search")
    def search(body: SearchRequest) -> Answer:
        """Search: words, filters, facets, boosts, pages."""
        return answered("search", body, services.search.search(body))

    @blueprint.get("/v1/search", tags=[SEARCH], responses={200: SearchAnswer})
    @needs("search")
    def search_by_parameters(query: SearchParameters) -> Answer:
        """Search with query parameters: texts as they are, everything else in JSON."""
        del query
        request = read_parameters(http_request, SearchRequest)
        return answered("search", request, services.search.search(request))

    @blueprint.get("/v1/similar/<path:product_id>", tags=[SEARCH], responses={200: SearchAnswer})
    @needs("search")
    def similar(path: ProductPath, query: SearchParameters) -> Answer:
        """Find products like one, without itself and its variants."""
        del query
        request = read_parameters(http_request, SearchRequest)
        response = services.search.similar(path.product_id, request)
        return answered("similar", request, response)

    @blueprint.get("/v1/products/<path:product_id>", tags=[SEARCH], responses={200: ProductAnswer})
    @needs("search")
    def product(path: ProductPath) -> Answer:
        """Return one product of the live index."""
        return {"product": product_record(services.search.product(path.product_id))}

    @blueprint.post("/v1/plan", tags=[HALVES], responses={200: PlanAnswer})
    @needs("search")
    def plan(body: PlanRequest) -> Answer:
        """Return the Elasticsearch searches that a request comes to."""
        found = services.planner.plan(body.request, has_products=body.has_products)
        return {
            "plan": found.token,
            "method": "POST",
            "path": found.path,
            "searches": found.searches,
        }

    @blueprint.post("/v1/rank", tags=[HALVES], responses={200: SearchAnswer})
    @needs("search")
    def rank(body: RankRequest) -> Answer:
        """Fuse, boost and explain the answers to a plan's searches."""
        return services.planner.rank(body.request, body.plan, body.responses).as_dict()
