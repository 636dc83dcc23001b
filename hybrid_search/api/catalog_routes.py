"""Changing what is searched: single products, and whole reindexes."""

from http import HTTPStatus
from typing import Any

from flask import Response
from flask_openapi3.models.tag import Tag

from hybrid_search.api.answers import json_response
from hybrid_search.api.schemas import (
    BulkAnswer,
    BulkRequest,
    JobAnswer,
    JobPath,
    JobRequest,
)
from hybrid_search.api.service_blueprint import ServiceBlueprint, needs
from hybrid_search.api.services import Services
from hybrid_search.errors import InvalidRequestError
from hybrid_search.jobs.job import JobSource
from hybrid_search.jobs.job_json import job_as_json
from hybrid_search.product_changes import (
    ChangeOutcome,
    ProductChange,
    ProductRemoval,
    ProductUpsert,
)

CATALOG = Tag(name="catalogue", description="Changing what is searched")


def add_catalog_routes(blueprint: ServiceBlueprint, services: Services) -> None:
    """Add the routes to the blueprint."""

    @blueprint.post("/v1/products/_bulk", tags=[CATALOG], responses={200: BulkAnswer})
    @needs("write")
    def change_products(body: BulkRequest) -> dict[str, Any]:
        """Put in and take out single products; a bad one is refused and the rest goes on."""
        changes: list[ProductChange] = [ProductUpsert(record) for record in body.upserts]
        changes += [ProductRemoval(product_id) for product_id in body.deletes]
        outcomes = services.jobs.updates.apply(changes)
        accepted = sum(outcome.is_accepted for outcome in outcomes)
        return {
            "accepted": accepted,
            "refused": len(outcomes) - accepted,
            "changes": [_outcome(outcome) for outcome in outcomes],
        }

    @blueprint.post("/v1/jobs", tags=[CATALOG], responses={202: JobAnswer})
    @needs("admin")
    def start_job(body: JobRequest) -> Response:
        """Start a reindex, of which an alias has one at a time."""
        job = services.jobs.control.start(_source(body))
        return json_response({"job": job_as_json(job)}, HTTPStatus.ACCEPTED)

    @blueprint.get("/v1/jobs/<job_id>", tags=[CATALOG], responses={200: JobAnswer})
    @needs("admin")
    def job(path: JobPath) -> dict[str, Any]:
        """Return how far a job is."""
        return {"job": job_as_json(services.jobs.ledger.get(path.job_id))}


def _outcome(outcome: ChangeOutcome) -> dict[str, Any]:
    status = "accepted" if outcome.is_accepted else "refused"
    found: dict[str, Any] = {"product_id": outcome.product_id, "status": status}
    return found if outcome.is_accepted else {**found, "reason": outcome.reason}


def _source(body: JobRequest) -> JobSource:
    if body.source == "file" and body.file is None:
        raise InvalidRequestError("file: is missing; name a file of the catalogue folder")
    if body.source == "live" and (body.file or body.fields or body.is_strict):
        raise InvalidRequestError("source: the live index takes no file, fields or is_strict")
    return JobSource(body.source, body.file, body.fields, body.is_strict)
