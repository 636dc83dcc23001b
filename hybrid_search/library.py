"""The library for a backend that has an Elasticsearch client of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from hybrid_search.bootstrap import (
    mappings_folder,
    open_planner,
    open_preparation,
    open_service,
)
from hybrid_search.engines.elasticsearch.connection import GivenClient
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.merchandising.profile import Profile
from hybrid_search.planner import SearchPlan
from hybrid_search.query.request import SearchRequest
from hybrid_search.response import SearchResponse
from hybrid_search.settings import Settings


class HybridSearch:
    """Search with the caller's own Elasticsearch client; safe to share between threads."""

    def __init__(
        self,
        client: Elasticsearch,
        settings: Settings | None = None,
        *,
        profile: Profile | None = None,
    ) -> None:
        """Nothing is sent yet.

        Args:
            client: stays the caller's to close; its addresses and credentials are used.
            settings: alias, encoder, deadlines; those of the environment unless they are given.
            profile: instead of the configured one.

        Raises:
            SettingsError: a setting cannot be used.
        """
        settings = settings or Settings.load()
        self._engine = ElasticsearchEngine(
            GivenClient(client),
            alias=settings.index_alias,
            mappings=mappings_folder(settings),
            shards=settings.engine_shards,
            lookup_timeout_ms=settings.deadline_ms,
        )
        # The client decides the engine, whatever address the settings name.
        settings = settings.model_copy(update={"engine_url": "http://client"})
        preparation = open_preparation(settings, profile=profile)
        self._service = open_service(settings, self._engine, preparation=preparation)
        self._planner = open_planner(settings, self._engine, preparation)

    def search(self, request: SearchRequest | Mapping[str, Any]) -> SearchResponse:
        """Return one page of products; see `SearchService.search`."""
        return self._service.search(_checked(request))

    def similar(
        self, product_id: str, request: SearchRequest | Mapping[str, Any] | None = None
    ) -> SearchResponse:
        """Return products like one; see `SearchService.similar`."""
        return self._service.similar(product_id, _checked(request or {}))

    def plan(
        self, request: SearchRequest | Mapping[str, Any], *, has_products: bool = False
    ) -> SearchPlan:
        """Return the searches that a request comes to; see `SearchPlanner.plan`."""
        return self._planner.plan(_checked(request), has_products=has_products)

    def rank(
        self, request: SearchRequest | Mapping[str, Any], plan: str, responses: Sequence[object]
    ) -> SearchResponse:
        """Return the page that the answers to a plan make; see `SearchPlanner.rank`."""
        return self._planner.rank(_checked(request), plan, responses)


def _checked(request: SearchRequest | Mapping[str, Any]) -> SearchRequest:
    return request if isinstance(request, SearchRequest) else SearchRequest.parse(dict(request))
