"""Jobs and failures as rows of the database, and back."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, insert

from hybrid_search.jobs.job import Job, JobCounts, JobFailure, JobOrder, JobSource
from hybrid_search.store.tables import JOB_COUNTS, JOB_FAILURES, JOBS

JOB_COLUMNS = tuple(column for column in JOBS.c if column.name not in {"attributes", "sample"})
"""What a `Job` is made of; the others are large."""


def job_of(row: Row[Any]) -> Job:
    """Return the job of a row with `JOB_COLUMNS`."""
    found = row._mapping
    return Job(
        id=found["id"],
        alias=found["alias"],
        state=found["state"],
        source=JobSource(**found["source"]),
        encoder=found["encoder"],
        estimated_products=found["estimated_products"],
        generation=found["generation"],
        former=found["former"],
        fingerprint=found["fingerprint"],
        revision=found["revision"],
        is_staged=found["is_staged"],
        counts=JobCounts(**{name: found[name] for name in JOB_COUNTS}),
        created_at=found["created_at"],
        started_at=found["started_at"],
        updated_at=found["updated_at"],
        ended_at=found["ended_at"],
        pruned=tuple(found["pruned"]),
        prune_problems=tuple(found["prune_problems"]),
        error_code=found["error_code"],
        error=found["error"],
    )


def order_values(order: JobOrder) -> dict[str, Any]:
    """Return the columns of an order."""
    return {
        "id": order.id,
        "alias": order.alias,
        "source": asdict(order.source),
        "encoder": order.encoder,
        "estimated_products": order.estimated_products,
    }


def insert_failures(connection: Connection, job_id: str, failures: Iterable[JobFailure]) -> None:
    """Write failures of a job."""
    rows = [
        {
            "job_id": job_id,
            "kind": failure.kind,
            "product_id": None if failure.product_id is None else storable(failure.product_id),
            "line": failure.line,
            "reason": storable(failure.reason),
        }
        for failure in failures
    ]
    if rows:
        connection.execute(insert(JOB_FAILURES), rows)


def storable(text: str) -> str:
    r"""Return a text as any database takes it: zero bytes and halves of characters are escaped."""
    whole = text.encode("utf-8", errors="backslashreplace").decode("utf-8")
    return whole.replace("\0", "\\x00")
