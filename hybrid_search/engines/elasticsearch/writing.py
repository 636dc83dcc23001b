"""Bulk writing: revisions as external versions, every product's fate reported."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from http import HTTPStatus
from itertools import islice
from typing import Any

import numpy as np
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from hybrid_search.engines.elasticsearch.documents import product_document, vector_value
from hybrid_search.engines.elasticsearch.failures import cause_of, is_read_only, read_only_error
from hybrid_search.engines.port import (
    Generation,
    ProductDelete,
    ProductWrite,
    VectorField,
    WriteFailure,
    WriteReport,
)

Change = ProductWrite | ProductDelete

CHUNK_PRODUCTS = 500
CHUNK_BYTES = 10 * 1024 * 1024
THREADS = 2
MAX_RETRIES = 5
TIMEOUT_S = 120.0
"""A write is never sent again after a time-out: it may have taken effect, and would look stale."""


class BulkWriter:
    """Writes changes of one generation in parallel chunks, holding a few chunks in memory."""

    def __init__(
        self, client: Elasticsearch, url: str, generation: Generation, *, is_packed: bool
    ) -> None:
        self._client = client.options(request_timeout=TIMEOUT_S)
        self._url = url
        self._generation = generation
        self._fields = {one.name: one for one in generation.vector_fields}
        self._is_packed = is_packed

    def write(self, changes: Iterable[Change]) -> WriteReport:
        """Apply the changes and return what became of each.

        Raises:
            EngineReadOnlyError: the index takes no writes at all.
        """
        with ThreadPoolExecutor(THREADS) as pool:
            reports = list(_bounded(pool, self._write_chunk, _chunks(changes)))
        return WriteReport(
            written=sum(report.written for report in reports),
            stale=tuple(one for report in reports for one in report.stale),
            failures=tuple(one for report in reports for one in report.failures),
        )

    def _write_chunk(self, changes: list[Change]) -> WriteReport:
        failures: list[WriteFailure] = []
        actions: list[dict[str, Any]] = []
        for change in changes:
            problem = self._problem(change)
            if problem:
                failures.append(WriteFailure(_id_of(change), problem))
            else:
                actions.append(self._action(change))
        written, stale = 0, []
        results = streaming_bulk(
            self._client,
            actions,
            chunk_size=CHUNK_PRODUCTS,
            max_chunk_bytes=CHUNK_BYTES,
            max_retries=MAX_RETRIES,
            raise_on_error=False,
        )
        for is_ok, result in results:
            (outcome,) = result.values()
            if is_ok or outcome.get("result") == "not_found":
                written += 1
            elif outcome["status"] == HTTPStatus.CONFLICT:
                stale.append(outcome["_id"])
            else:
                failures.append(WriteFailure(outcome["_id"], self._reason(outcome["error"])))
        return WriteReport(written, tuple(stale), tuple(failures))

    def _action(self, change: Change) -> dict[str, Any]:
        action: dict[str, Any] = {
            "_index": self._generation.name,
            "_id": _id_of(change),
            "version": change.revision,
            "version_type": "external",
        }
        if isinstance(change, ProductDelete):
            return {**action, "_op_type": "delete"}
        source = product_document(change.product)
        for name, vectors in change.vectors.items():
            source[name] = vector_value(self._fields[name], vectors, is_packed=self._is_packed)
        return {**action, "_op_type": "index", "_source": source}

    def _problem(self, change: Change) -> str | None:
        if isinstance(change, ProductDelete):
            return None
        for name, vectors in change.vectors.items():
            vector_field = self._fields.get(name)
            if vector_field is None:
                known = ", ".join(self._fields) or "none"
                return f"unknown vector field {name!r}; this generation has: {known}"
            if problem := vector_problem(vector_field, vectors):
                return problem
        return None

    def _reason(self, error: dict[str, Any] | str) -> str:
        reason = error if isinstance(error, str) else cause_of(error)
        kind = "" if isinstance(error, str) else str(error.get("type", ""))
        if is_read_only(f"{kind} {reason}"):
            raise read_only_error(self._url, reason)
        return reason


def vector_problem(vector_field: VectorField, vectors: np.ndarray[Any, Any]) -> str | None:
    """Return why vectors cannot be stored in a field, or None when they can."""
    name, dimension = vector_field.name, vector_field.dimension
    if vectors.ndim != 2 or vectors.shape[1] != dimension:  # noqa: PLR2004 - rows and columns
        return f"{name} has shape {vectors.shape}; it needs rows of {dimension} numbers"
    if vector_field.kind == "single" and len(vectors) != 1:
        return f"{name} has {len(vectors)} vectors; a single field needs exactly one"
    if not np.isfinite(vectors).all():
        return f"{name} has a number that is NaN or infinite"
    if not vectors.any(axis=1).all():
        return f"{name} has a vector of zeros, which has no direction"
    return None


def _id_of(change: Change) -> str:
    return change.product_id if isinstance(change, ProductDelete) else change.product.id


def _chunks(changes: Iterable[Change]) -> Iterator[list[Change]]:
    iterator = iter(changes)
    while chunk := list(islice(iterator, CHUNK_PRODUCTS)):
        yield chunk


def _bounded(
    pool: ThreadPoolExecutor,
    work: Callable[[list[Change]], WriteReport],
    chunks: Iterator[list[Change]],
) -> Iterator[WriteReport]:
    """Run work on every chunk, at most one chunk waiting for each thread."""
    running: set[Future[WriteReport]] = set()
    for chunk in chunks:
        running.add(pool.submit(work, chunk))
        if len(running) > THREADS:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    yield from (future.result() for future in running)
