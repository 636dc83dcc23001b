"""A job as JSON, the same on the command line and over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from hybrid_search.jobs.job import Job, JobFailure


def job_as_json(job: Job) -> dict[str, Any]:
    """Return what is known about a job; what is not known yet is null."""
    return {
        "id": job.id,
        "state": job.state,
        "source": asdict(job.source),
        "encoder": job.encoder,
        "index": job.generation,
        **asdict(job.counts),
        "is_staged": job.is_staged,
        "products_per_s": _rounded(job.products_per_s),
        "seconds_left": _rounded(job.seconds_left),
        "created_at": _text(job.created_at),
        "started_at": _text(job.started_at),
        "updated_at": _text(job.updated_at),
        "ended_at": _text(job.ended_at),
        "dropped_indexes": list(job.pruned),
        "error_code": job.error_code,
        "error": job.error,
    }


def failure_as_json(failure: JobFailure) -> dict[str, Any]:
    """Return what is known about a product that did not become what it should."""
    return {
        "kind": failure.kind,
        "id": failure.product_id,
        "line": failure.line,
        "reason": failure.reason,
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 1)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
