"""The server at the other end: requests to it, in this package's errors and within deadlines."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any

from elasticsearch import Elasticsearch

from hybrid_search.engines.elasticsearch.connection import ClientSource, server_version
from hybrid_search.engines.elasticsearch.failures import translated
from hybrid_search.engines.elasticsearch.queries import MSEARCH_PARAMETERS

JSON_HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}
MAX_TIMEOUTS = 16
ANSWER_MS = 250
"""Time beyond its deadline for a server to say what it has, rather than to be given up."""


class Server:
    """One cluster, connected to when it is first asked something."""

    def __init__(self, connection: ClientSource) -> None:
        self._connection = connection
        self.url = connection.shown
        self._client_within = lru_cache(MAX_TIMEOUTS)(self._make_client_within)

    @contextmanager
    def asked(self, *, timeout_ms: int | None = None) -> Iterator[Elasticsearch]:
        """Give the client; its errors come out as this package's.

        With a timeout of its own a request is tried once.
        """
        with translated(self.url):
            yield self._client if timeout_ms is None else self._client_within(timeout_ms)

    @cached_property
    def version(self) -> tuple[int, ...]:
        """The server's version as numbers."""
        with self.asked() as client:
            return server_version(client)

    def msearch(
        self, searches: Sequence[Mapping[str, Any]], *, deadline_ms: int | None = None
    ) -> list[dict[str, Any]]:
        """Return the answers to several searches, given as headers and bodies in turn."""
        timeout_ms = None if deadline_ms is None else deadline_ms + ANSWER_MS
        with self.asked(timeout_ms=timeout_ms) as client:
            answer = client.perform_request(
                "POST",
                "/_msearch",
                params=MSEARCH_PARAMETERS,
                headers=JSON_HEADERS,
                body=searches,
            )
        responses: list[dict[str, Any]] = answer["responses"]
        return responses

    def close(self) -> None:
        """Release connections."""
        if self._connection.is_owned and "_client" in self.__dict__:
            self._client.close()

    def _make_client_within(self, timeout_ms: int) -> Elasticsearch:
        return self._client.options(request_timeout=timeout_ms / 1000, max_retries=0)

    @cached_property
    def _client(self) -> Elasticsearch:
        return self._connection.open()
