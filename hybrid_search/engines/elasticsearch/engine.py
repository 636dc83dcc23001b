"""The Elasticsearch adapter: sends the bodies of `queries.py` and translates the answers."""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from elasticsearch import Elasticsearch

from hybrid_search.catalog.product import Product
from hybrid_search.engines.elasticsearch.connection import (
    PACKED_VECTORS_SINCE,
    Connection,
    server_version,
)
from hybrid_search.engines.elasticsearch.documents import SOURCE_FIELDS, read_product
from hybrid_search.engines.elasticsearch.failures import translated
from hybrid_search.engines.elasticsearch.mapping import (
    generation_meta,
    index_body,
    load_mapping,
    read_generation,
)
from hybrid_search.engines.elasticsearch.queries import (
    page_searches,
    position_after,
    retrieval_legs,
)
from hybrid_search.engines.elasticsearch.responses import (
    failure_of,
    read_candidates,
    read_facets,
    read_total,
)
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

JSON_HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}
FETCH_BATCH = 1000


class ElasticsearchEngine:
    """Generations as indices behind an alias of one Elasticsearch cluster."""

    def __init__(
        self,
        connection: Connection,
        *,
        alias: str,
        mappings: Path,
        shards: int = 1,
        alias_ttl_ms: int = 500,
    ) -> None:
        """Remember how to connect; nothing is sent yet.

        Args:
            connection: where the cluster is.
            alias: what searches use; generations are called `ALIAS-STAMP`.
            mappings: folder of `products.json`.
            shards: primary shards of new generations.
            alias_ttl_ms: how long the live generation is remembered, so how late a switch made
                by another process is seen.
        """
        self._connection = connection
        self._url = connection.shown
        self._alias = alias
        self._mappings = mappings
        self._shards = shards
        self._alias_ttl_s = alias_ttl_ms / 1000
        self._live: tuple[float, Generation] | None = None

    @cached_property
    def _client(self) -> Elasticsearch:
        return self._connection.open()

    @cached_property
    def _version(self) -> tuple[int, ...]:
        with translated(self._url):
            return server_version(self._client)

    def health(self) -> Health:
        """Return version and licence of the server, and what is wrong with it."""
        problems: list[str] = []
        version = ".".join(map(str, self._version))
        with translated(self._url):
            status = self._client.cluster.health(timeout="5s")["status"]
            license_type = str(self._client.license.get()["license"]["type"])
        if status == "red":
            problems.append(
                f"cluster {self._url} is red: some shards have no copy; "
                "see GET _cluster/allocation/explain"
            )
        return Health(f"Elasticsearch {version}", license_type, tuple(problems))

    def generations(self) -> tuple[Generation, ...]:
        """Return all generations of the alias, oldest first."""
        found = self._read_generations(f"{self._alias}-*")
        return tuple(sorted(found, key=lambda generation: (generation.created_at, generation.name)))

    def live_generation(self) -> Generation:
        """Return the generation that the alias points to."""
        now = time.monotonic()
        if self._live is not None and now - self._live[0] < self._alias_ttl_s:
            return self._live[1]
        found = [
            one for one in self._read_generations(f"{self._alias}-*,{self._alias}") if one.is_live
        ]
        if not found:
            msg = f"alias {self._alias!r} has no index yet; run `hybrid-search index FILE`"
            raise IndexMissingError(msg)
        self._live = (now, found[0])
        return found[0]

    def create_generation(self, generation: Generation) -> None:
        """Create the index of an empty generation, with its refresh switched off."""
        body = index_body(load_mapping(self._mappings), generation, shards=self._shards)
        with translated(self._url):
            self._client.indices.create(
                index=generation.name, settings=body["settings"], mappings=body["mappings"]
            )

    def describe_generation(self, generation: Generation) -> None:
        """Replace what the index keeps about its generation."""
        with translated(self._url):
            self._client.indices.put_mapping(
                index=generation.name, meta=generation_meta(generation)
            )
        self._live = None

    def switch(self, name: str) -> None:
        """Point the alias to a generation in one step, and let the server refresh it."""
        self._generation(name)
        actions: list[dict[str, Any]] = [{"add": {"index": name, "alias": self._alias}}]
        actions += [
            {"remove": {"index": one.name, "alias": self._alias}}
            for one in self.generations()
            if one.is_live and one.name != name
        ]
        with translated(self._url):
            self._client.indices.put_settings(
                index=name, settings={"index": {"refresh_interval": None}}
            )
            self._client.indices.refresh(index=name)
            self._client.indices.update_aliases(actions=actions)
        self._live = None

    def drop(self, name: str) -> None:
        """Delete the index of a generation that is not live."""
        if self._generation(name).is_live:
            msg = f"{name!r} is live and is not dropped; switch to another generation first"
            raise EngineError(msg)
        with translated(self._url):
            self._client.indices.delete(index=name)

    def write(self, name: str, changes: Iterable[ProductWrite | ProductDelete]) -> WriteReport:
        """Apply changes in parallel bulk requests, each change on its own."""
        is_packed = self._version >= PACKED_VECTORS_SINCE
        generation = self._generation(name)
        with translated(self._url):
            writer = BulkWriter(self._client, self._url, generation, is_packed=is_packed)
            return writer.write(changes)

    def refresh(self, name: str) -> None:
        """Make all that was written visible to searches."""
        with translated(self._url):
            self._client.indices.refresh(index=name)

    def count(self, name: str) -> int:
        """Return the number of visible products."""
        with translated(self._url):
            return int(self._client.count(index=name)["count"])

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
        fields = {one.name: one for one in self._generation(name).vector_fields}
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
        responses = self._msearch(searches, deadline_ms)
        candidates, degraded = read_candidates(legs, responses, plan)
        if len(degraded) == len(legs):
            self._raise_failure(responses[0], degraded[0].reason)
        return Retrieval(candidates, degraded)

    def page(self, name: str, plan: PagePlan, *, deadline_ms: int | None = None) -> Page:
        """Return totals, facets and products by one `_msearch`."""
        searches = page_searches(name, plan, deadline_ms=deadline_ms)
        parts = [part for search in searches.values() for part in search]
        answers = dict(zip(searches, self._msearch(parts, deadline_ms), strict=True))
        for answer in answers.values():
            if (failure := failure_of(answer)) is not None:
                self._raise_failure(answer, failure)
        aggregations = answers["totals"]["aggregations"]
        hits = answers["products"]["hits"]["hits"] if "products" in answers else []
        products = {hit["_id"]: read_product(hit["_source"]) for hit in hits}
        shown = plan.product_ids or tuple(products)
        return Page(
            products=tuple(products[one] for one in shown if one in products),
            total=read_total(aggregations, is_collapsed=plan.is_collapsed),
            facets=read_facets(aggregations, plan),
            next_after=position_after(plan, hits),
        )

    def close(self) -> None:
        """Release connections."""
        if "_client" in self.__dict__:
            self._client.close()

    def _generation(self, name: str) -> Generation:
        if self._live is not None and self._live[1].name == name:
            return self._live[1]
        for generation in self._read_generations(name):
            return generation
        msg = f"no generation {name!r} at {self._url}; see `hybrid-search indexes`"
        raise IndexMissingError(msg)

    def _read_generations(self, pattern: str) -> list[Generation]:
        with translated(self._url):
            indices = self._client.options(ignore_status=404).indices.get(
                index=pattern,
                features="aliases,mappings",
                filter_path="*.aliases,*.mappings._meta",
            )
        found = (
            read_generation(
                name,
                content.get("mappings", {}).get("_meta", {}),
                is_live=self._alias in content.get("aliases", {}),
            )
            for name, content in indices.items()
            if isinstance(content, dict) and "error" not in indices
        )
        return [generation for generation in found if generation is not None]

    def _hits(
        self, name: str, product_ids: Sequence[str], body: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        hits: list[dict[str, Any]] = []
        for start in range(0, len(product_ids), FETCH_BATCH):
            wanted = list(product_ids[start : start + FETCH_BATCH])
            search = {**body, "size": len(wanted), "query": {"ids": {"values": wanted}}}
            response = self._msearch([{"index": name}, search], None)[0]
            if (failure := failure_of(response)) is not None:
                self._raise_failure(response, failure)
            hits += response["hits"]["hits"]
        return hits

    def _msearch(
        self, searches: Sequence[Mapping[str, Any]], deadline_ms: int | None
    ) -> list[dict[str, Any]]:
        client = self._client
        if deadline_ms is not None:
            client = client.options(request_timeout=deadline_ms / 1000, max_retries=0)
        with translated(self._url):
            answer = client.perform_request(
                "POST",
                "/_msearch",
                params={"include_named_queries_score": "true"},
                headers=JSON_HEADERS,
                body=searches,
            )
        responses: list[dict[str, Any]] = answer["responses"]
        return responses

    def _raise_failure(self, response: Mapping[str, Any], reason: str) -> None:
        error: type[HybridSearchError] = EngineError
        if response.get("error", {}).get("type") == "index_not_found_exception":
            error = IndexMissingError
        elif response.get("timed_out"):
            error = EngineTimeoutError
        raise error(f"Elasticsearch at {self._url} answered: {reason}")
