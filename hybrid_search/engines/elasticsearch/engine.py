"""The Elasticsearch adapter: sends the bodies of `queries.py` and translates the answers."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hybrid_search.catalog.product import Product
from hybrid_search.engines.elasticsearch.connection import PACKED_VECTORS_SINCE, ClientSource
from hybrid_search.engines.elasticsearch.documents import SOURCE_FIELDS, read_product
from hybrid_search.engines.elasticsearch.generations import Generations
from hybrid_search.engines.elasticsearch.number_fields import NumberFields
from hybrid_search.engines.elasticsearch.queries import page_searches, retrieval_legs
from hybrid_search.engines.elasticsearch.responses import failure_of, read_candidates, read_page
from hybrid_search.engines.elasticsearch.server import Server
from hybrid_search.engines.elasticsearch.writing import BulkWriter
from hybrid_search.engines.port import (
    Generation,
    Health,
    Page,
    PagePlan,
    ProductDelete,
    ProductWrite,
    Retrieval,
    RetrievalPlan,
    WriteReport,
)
from hybrid_search.errors import (
    EngineError,
    EngineTimeoutError,
    HybridSearchError,
    IndexMissingError,
)

FETCH_BATCH = 1000


class ElasticsearchEngine:
    """Generations as indices behind an alias of one Elasticsearch cluster."""

    def __init__(
        self,
        connection: ClientSource,
        *,
        alias: str,
        mappings: Path,
        shards: int = 1,
        alias_ttl_ms: int = 500,
        lookup_timeout_ms: int | None = None,
    ) -> None:
        """Remember how to connect; nothing is sent yet.

        Args:
            connection: where the cluster is.
            alias: what searches use; generations are called `ALIAS-STAMP`.
            mappings: folder of `products.json`.
            shards: primary shards of new generations.
            alias_ttl_ms: how long the live generation is remembered, so how late a switch made
                by another process is seen.
            lookup_timeout_ms: longest wait for finding the live generation, which is a part of
                every search; None takes the timeout of the connection.
        """
        self._server = Server(connection)
        self._generations = Generations(
            self._server, alias, alias_ttl_ms=alias_ttl_ms, lookup_timeout_ms=lookup_timeout_ms
        )
        self._number_fields = NumberFields()
        self._mappings = mappings
        self._shards = shards

    def health(self) -> Health:
        """Return version and licence of the server, and what is wrong with it."""
        problems: list[str] = []
        version = ".".join(map(str, self._server.version))
        with self._server.asked() as client:
            status = client.cluster.health(timeout="5s")["status"]
            # A cluster has none in its first moments.
            found = client.options(ignore_status=404).license.get().get("license", {})
        if status == "red":
            problems.append(
                f"cluster {self._server.url} is red: some shards have no copy; "
                "see GET _cluster/allocation/explain"
            )
        return Health(f"Elasticsearch {version}", str(found.get("type", "")), tuple(problems))

    def generations(self) -> tuple[Generation, ...]:
        """Return all generations of the alias, oldest first."""
        return self._generations.all()

    def live_generation(self) -> Generation:
        """Return the generation that the alias points to."""
        return self._generations.live()

    def create_generation(self, generation: Generation) -> None:
        """Create the index of an empty generation, with its refresh switched off."""
        self._generations.create(generation, mappings=self._mappings, shards=self._shards)

    def describe_generation(self, generation: Generation) -> None:
        """Replace what the index keeps about its generation."""
        self._generations.describe(generation)

    def switch(self, name: str) -> None:
        """Point the alias to a generation in one step, and let the server refresh it."""
        self._generations.switch(name)

    def drop(self, name: str) -> None:
        """Delete the index of a generation that is not live."""
        self._generations.drop(name)

    def write(self, name: str, changes: Iterable[ProductWrite | ProductDelete]) -> WriteReport:
        """Apply changes in parallel bulk requests, each change on its own."""
        is_packed = self._server.version >= PACKED_VECTORS_SINCE
        generation = self._generations.named(name)
        with self._server.asked() as client:
            writer = BulkWriter(
                client,
                self._server.url,
                generation,
                is_packed=is_packed,
                number_fields=self._number_fields,
            )
            return writer.write(changes)

    def refresh(self, name: str) -> None:
        """Make all that was written visible to searches."""
        with self._server.asked() as client:
            client.indices.refresh(index=name)

    def count(self, name: str) -> int:
        """Return the number of visible products."""
        with self._server.asked() as client:
            return int(client.count(index=name)["count"])

    def fetch(self, name: str, product_ids: Sequence[str]) -> Mapping[str, Product]:
        """Return the products that exist, by id."""
        return {
            hit["_id"]: read_product(hit["_source"])
            for hit in self._hits(name, product_ids, {"_source": list(SOURCE_FIELDS)})
        }

    def fetch_vectors(
        self, name: str, field_name: str, product_ids: Sequence[str]
    ) -> Mapping[str, npt.NDArray[np.float32]]:
        """Return the stored vectors, by product id, each of shape `(number, dimension)`."""
        fields = {one.name: one for one in self._generations.named(name).vector_fields}
        if field_name not in fields:
            msg = f"{name!r} has no vector field {field_name!r}; it has: {', '.join(fields)}"
            raise EngineError(msg)
        is_single = fields[field_name].kind == "single"
        path = field_name if is_single else f"{field_name}.vector"
        vectors: dict[str, npt.NDArray[np.float32]] = {}
        for hit in self._hits(name, product_ids, {"_source": False, "fields": [path]}):
            stored = hit.get("fields", {}).get(field_name)
            if stored:
                rows = [stored] if is_single else [entry["vector"] for entry in stored]
                vectors[hit["_id"]] = np.asarray(rows, dtype=np.float32)
        return vectors

    def retrieve(
        self, name: str, plan: RetrievalPlan, *, deadline_ms: int | None = None
    ) -> Retrieval:
        """Return the candidates of every leg by one `_msearch`."""
        legs = retrieval_legs(name, plan, deadline_ms=deadline_ms)
        searches = [part for leg in legs for part in (leg.header, leg.body)]
        responses = self._server.msearch(searches, deadline_ms=deadline_ms)
        candidates, degraded = read_candidates(legs, responses, plan)
        if len(degraded) == len(legs):
            self._raise_failure(responses[0], degraded[0].reason)
        return Retrieval(candidates, degraded)

    def page(self, name: str, plan: PagePlan, *, deadline_ms: int | None = None) -> Page:
        """Return totals, facets and products by one `_msearch`."""
        searches = page_searches(name, plan, deadline_ms=deadline_ms)
        parts = [part for search in searches.values() for part in search]
        found = self._server.msearch(parts, deadline_ms=deadline_ms) if parts else []
        answers = dict(zip(searches, found, strict=True))
        for purpose, answer in answers.items():
            failure = failure_of(answer)
            if failure is not None and (purpose == "products" or not plan.product_ids):
                self._raise_failure(answer, failure)
        return read_page(answers, plan)

    def close(self) -> None:
        """Release connections."""
        self._server.close()

    def _hits(
        self, name: str, product_ids: Sequence[str], body: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        hits: list[dict[str, Any]] = []
        for start in range(0, len(product_ids), FETCH_BATCH):
            wanted = list(product_ids[start : start + FETCH_BATCH])
            search = {**body, "size": len(wanted), "query": {"ids": {"values": wanted}}}
            response = self._server.msearch([{"index": name}, search])[0]
            if (failure := failure_of(response)) is not None:
                self._raise_failure(response, failure)
            hits += response["hits"]["hits"]
        return hits

    def _raise_failure(self, response: Mapping[str, Any], reason: str) -> None:
        error: type[HybridSearchError] = EngineError
        if response.get("error", {}).get("type") == "index_not_found_exception":
            error = IndexMissingError
        elif response.get("timed_out"):
            error = EngineTimeoutError
        raise error(f"Elasticsearch at {self._server.url} answered: {reason}")
