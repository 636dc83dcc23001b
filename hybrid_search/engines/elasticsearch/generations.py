"""Generations as indices behind an alias."""

import time
from pathlib import Path
from typing import Any

from hybrid_search.engines.elasticsearch.mapping import (
    generation_meta,
    index_body,
    load_mapping,
    read_generation,
)
from hybrid_search.engines.elasticsearch.server import Server
from hybrid_search.engines.port import Generation
from hybrid_search.errors import EngineError, IndexFormatError, IndexMissingError


class Generations:
    """The indices `ALIAS-STAMP` of one alias; what is kept about each lies in its `_meta`."""

    def __init__(
        self,
        server: Server,
        alias: str,
        *,
        alias_ttl_ms: int,
        lookup_timeout_ms: int | None,
    ) -> None:
        self._server = server
        self._alias = alias
        self._alias_ttl_s = alias_ttl_ms / 1000
        self._lookup_timeout_ms = lookup_timeout_ms
        self._live: tuple[float, Generation] | None = None

    def all(self) -> tuple[Generation, ...]:
        """Return all generations of the alias, oldest first."""
        found = self._read(f"{self._alias}-*")
        return tuple(sorted(found, key=lambda generation: (generation.created_at, generation.name)))

    def live(self) -> Generation:
        """Return the generation that the alias points to.

        Raises:
            IndexMissingError: there is none yet.
            IndexFormatError: another version of the program made it.
        """
        now = time.monotonic()
        if self._live is not None and now - self._live[0] < self._alias_ttl_s:
            return self._live[1]
        pattern = f"{self._alias}-*,{self._alias}"
        for found in self._read(pattern, timeout_ms=self._lookup_timeout_ms):
            if found.is_live:
                _check_current(found)
                self._live = (now, found)
                return found
        msg = f"alias {self._alias!r} has no index yet; run `hybrid-search index FILE`"
        raise IndexMissingError(msg)

    def named(self, name: str) -> Generation:
        """Return the generation of that name.

        Raises:
            IndexMissingError: there is none.
        """
        if self._live is not None and self._live[1].name == name:
            return self._live[1]
        for generation in self.all():
            if generation.name == name:
                return generation
        msg = (
            f"no generation {name!r} of alias {self._alias!r} at {self._server.url}; "
            "see `hybrid-search indexes`"
        )
        raise IndexMissingError(msg)

    def create(self, generation: Generation, *, mappings: Path, shards: int) -> None:
        """Create the index of an empty generation, with its refresh switched off."""
        body = index_body(load_mapping(mappings), generation, alias=self._alias, shards=shards)
        with self._server.asked() as client:
            client.indices.create(
                index=generation.name, settings=body["settings"], mappings=body["mappings"]
            )

    def describe(self, generation: Generation) -> None:
        """Replace what the index keeps about its generation."""
        # A write to an index that was dropped meanwhile makes a new one, without our mapping.
        self.named(generation.name)
        with self._server.asked() as client:
            meta = generation_meta(generation, self._alias)
            client.indices.put_mapping(index=generation.name, meta=meta)
        self._live = None

    def switch(self, name: str) -> None:
        """Point the alias to a generation in one step, and let the server refresh it."""
        self.named(name)
        actions: list[dict[str, Any]] = [{"add": {"index": name, "alias": self._alias}}]
        actions += [
            {"remove": {"index": one.name, "alias": self._alias}}
            for one in self.all()
            if one.is_live and one.name != name
        ]
        with self._server.asked() as client:
            client.indices.put_settings(index=name, settings={"index": {"refresh_interval": None}})
            client.indices.refresh(index=name)
            client.indices.update_aliases(actions=actions)
        self._live = None

    def drop(self, name: str) -> None:
        """Delete the index of a generation that is not live.

        Raises:
            EngineError: it is live.
        """
        if self.named(name).is_live:
            msg = f"{name!r} is live and is not dropped; switch to another generation first"
            raise EngineError(msg)
        with self._server.asked() as client:
            client.indices.delete(index=name)

    def _read(self, pattern: str, *, timeout_ms: int | None = None) -> list[Generation]:
        with self._server.asked(timeout_ms=timeout_ms) as client:
            indices = client.options(ignore_status=404).indices.get(
                index=pattern,
                features="aliases,mappings",
                filter_path="*.aliases,*.mappings._meta",
            )
        found = (
            read_generation(
                name,
                content.get("mappings", {}).get("_meta", {}),
                self._alias,
                is_live=self._alias in content.get("aliases", {}),
            )
            for name, content in indices.items()
            if isinstance(content, dict) and "error" not in indices
        )
        return [generation for generation in found if generation is not None]


def _check_current(generation: Generation) -> None:
    if not generation.is_current:
        msg = (
            f"index {generation.name!r} was made by another version of hybrid_search; "
            "run `hybrid-search index FILE` to build it anew"
        )
        raise IndexFormatError(msg)
