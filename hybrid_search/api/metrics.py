"""What Prometheus is told: requests, stages of searches, missing parts."""

import os

from flask import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client import REGISTRY as PROCESS_REGISTRY

from hybrid_search.response import SearchResponse

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
MS = 1000

REQUESTS = Counter(
    "hybrid_search_requests", "Requests by route and status.", ["route", "method", "status"]
)
REQUEST_SECONDS = Histogram(
    "hybrid_search_request_seconds", "Time of requests by route.", ["route"], buckets=SECONDS
)
STAGE_SECONDS = Histogram(
    "hybrid_search_stage_seconds", "Time of the stages of searches.", ["stage"], buckets=SECONDS
)
DEGRADED = Counter("hybrid_search_degraded", "Answers with a part missing, by stage.", ["stage"])
EMPTY = Counter("hybrid_search_empty", "Searches that found nothing.")
UNLOGGED = Gauge(
    "hybrid_search_query_log_dropped",
    "Queries that could not be logged since the processes started.",
    multiprocess_mode="livesum",
)


def count_search(response: SearchResponse) -> None:
    """Count one answer."""
    for stage, milliseconds in response.took_ms.items():
        STAGE_SECONDS.labels(stage).observe(milliseconds / MS)
    for part in response.degraded:
        DEGRADED.labels(part.stage).inc()
    if response.total == 0:
        EMPTY.inc()


def exposition() -> Response:
    """Return the metrics of all processes of the service, or of this one where it is alone."""
    registry = PROCESS_REGISTRY
    if os.environ.get(MULTIPROCESS_VARIABLE):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
