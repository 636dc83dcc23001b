"""Bulk writing: revisions as external versions, every product's fate reported."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from typing import Any

import orjson
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import streaming_bulk

from hybrid_search.engines.change_problems import Change, change_id, change_problem
from hybrid_search.engines.elasticsearch.documents import product_document, vector_value
from hybrid_search.engines.elasticsearch.failures import cause_of, is_read_only, read_only_error
from hybrid_search.engines.elasticsearch.number_fields import NumberFields
from hybrid_search.engines.port import (
    Generation,
    ProductDelete,
    ProductWrite,
    WriteFailure,
    WriteReport,
)
from hybrid_search.errors import EngineUnavailableError

Action = dict[str, Any]
"""A bulk operation as the client's helper takes it, its document as JSON already."""

CHUNK_PRODUCTS = 500
CHUNK_BYTES = 10 * 1024 * 1024
THREADS = 3
"""One more than the server answers at once here: while one makes documents, two wait for it."""
WAITS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""How long an overloaded server is left alone before each further attempt."""
TIMEOUT_S = 120.0
"""A write is never sent again after a time-out: it may have taken effect, and would look stale."""


@dataclass(slots=True)
class _Tally:
    written: int = 0
    stale: list[str] = field(default_factory=list)
    failures: list[WriteFailure] = field(default_factory=list)

    def report(self) -> WriteReport:
        return WriteReport(self.written, tuple(self.stale), tuple(self.failures))


class BulkWriter:
    """Writes changes of one generation in parallel chunks, holding a few chunks in memory."""

    def __init__(
        self,
        client: Elasticsearch,
        url: str,
        generation: Generation,
        *,
        is_packed: bool,
        number_fields: NumberFields | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client.options(request_timeout=TIMEOUT_S)
        self._url = url
        self._generation = generation
        self._fields = {one.name: one for one in generation.vector_fields}
        self._is_packed = is_packed
        self._number_fields = number_fields or NumberFields()
        self._sleep = sleep

    def write(self, changes: Iterable[Change]) -> WriteReport:
        """Apply the changes and return what became of each.

        Raises:
            EngineReadOnlyError: the index takes no writes at all.
            EngineUnavailableError: the server stays overloaded.
        """
        with ThreadPoolExecutor(THREADS) as pool:
            reports = list(_bounded(pool, self._write_chunk, _chunks(changes)))
        return WriteReport(
            written=sum(report.written for report in reports),
            stale=tuple(one for report in reports for one in report.stale),
            failures=tuple(one for report in reports for one in report.failures),
        )

    def _write_chunk(self, changes: list[Change]) -> WriteReport:
        tally = _Tally()
        actions: list[Action] = []
        products = (one.product for one in changes if isinstance(one, ProductWrite))
        self._number_fields.declare(self._client, self._generation.name, products)
        for change in changes:
            problem = change_problem(change, self._generation.vector_fields)
            if problem is None:
                try:
                    actions.append(self._action(change))
                except orjson.JSONEncodeError as error:
                    problem = f"it cannot be written as JSON: {error}"
            if problem is not None:
                tally.failures.append(WriteFailure(change_id(change), problem))
        for wait_s in WAITS_S:
            actions = self._send(actions, tally)
            if not actions:
                return tally.report()
            self._sleep(wait_s)
        if self._send(actions, tally):
            msg = f"Elasticsearch at {self._url} stays overloaded and refuses writes; try later"
            raise EngineUnavailableError(msg)
        return tally.report()

    def _send(self, actions: list[Action], tally: _Tally) -> list[Action]:
        """Send the actions once and return those that the server was too busy for."""
        rejected: list[Action] = []
        done = 0
        results = streaming_bulk(
            self._client,
            actions,
            chunk_size=CHUNK_PRODUCTS,
            max_chunk_bytes=CHUNK_BYTES,
            raise_on_error=False,
        )
        try:
            for action, (is_ok, result) in zip(actions, results, strict=True):
                (outcome,) = result.values()
                done += 1
                if is_ok or outcome.get("result") == "not_found":
                    tally.written += 1
                elif outcome["status"] == HTTPStatus.CONFLICT:
                    tally.stale.append(outcome["_id"])
                else:
                    reason = self._reason(outcome["error"])
                    if outcome["status"] == HTTPStatus.TOO_MANY_REQUESTS:
                        rejected.append(action)
                    else:
                        tally.failures.append(WriteFailure(outcome["_id"], reason))
        except ApiError as error:
            if error.meta.status != HTTPStatus.TOO_MANY_REQUESTS or is_read_only(str(error)):
                raise
            rejected += actions[done:]
        return rejected

    def _action(self, change: Change) -> Action:
        action: Action = {
            "_index": self._generation.name,
            "_id": change_id(change),
            "version": change.revision,
            "version_type": "external",
        }
        if isinstance(change, ProductDelete):
            return {**action, "_op_type": "delete"}
        source = product_document(change.product)
        for name, vectors in change.vectors.items():
            source[name] = vector_value(self._fields[name], vectors, is_packed=self._is_packed)
        return {**action, "_op_type": "index", "_source": orjson.dumps(source)}

    def _reason(self, error: dict[str, Any] | str) -> str:
        reason = error if isinstance(error, str) else cause_of(error)
        kind = "" if isinstance(error, str) else str(error.get("type", ""))
        if is_read_only(f"{kind} {reason}"):
            raise read_only_error(self._url, reason)
        return reason


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
