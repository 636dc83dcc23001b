"""Whether the service is up, ready, and how it does."""

from http import HTTPStatus

from flask import Response
from flask_openapi3.models.tag import Tag

from hybrid_search.api.answers import json_response
from hybrid_search.api.metrics import exposition
from hybrid_search.api.schemas import HealthAnswer
from hybrid_search.api.service_blueprint import ServiceBlueprint
from hybrid_search.api.services import Services
from hybrid_search.errors import HybridSearchError

HEALTH = Tag(name="health", description="For load balancers and monitoring")


def add_health_routes(blueprint: ServiceBlueprint, services: Services) -> None:
    """Add the routes to the blueprint."""

    @blueprint.get("/healthz", tags=[HEALTH], responses={200: HealthAnswer})
    def healthz() -> dict[str, object]:
        """Return that this process runs; it asks no other server."""
        return {"status": "ok", "problems": []}

    @blueprint.get("/readyz", tags=[HEALTH], responses={200: HealthAnswer, 503: HealthAnswer})
    def readyz() -> Response:
        """Return whether a search can be answered now: the encoder is loaded, the engine there."""
        problems = []
        if not services.is_warm.is_set():
            problems.append("no search has been answered yet since this process started")
        try:
            services.engine.live_generation()
        except HybridSearchError as error:
            problems.append(str(error))
        if problems:
            body = {"status": "not ready", "problems": problems}
            return json_response(body, HTTPStatus.SERVICE_UNAVAILABLE)
        return json_response({"status": "ready", "problems": []})

    @blueprint.get("/metrics", doc_ui=False)
    def metrics() -> Response:
        """Return the metrics in the format of Prometheus."""
        return exposition()
