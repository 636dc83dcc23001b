"""Snapshots: frozen rankings that pages are cut from, and where they stay until they expire."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hybrid_search.engines.port import Degradation, FacetValue

DEFAULT_TTL_S = 600
MAX_IN_MEMORY = 10_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One ranking as it was made, with what its first page said about the whole result set.

    Attributes:
        id: unguessable.
        query_id: of the answer that the ranking was made for; its further pages have the same.
        digest: of the request, as `request_digest` returns it.
        product_ids: best first, in the order of `final_scores`.
        explanations: records of all products, in the same order; empty when they were not asked
            for.
    """

    id: str
    query_id: str
    digest: str
    generation: str
    profile: str
    profile_version: int
    product_ids: tuple[str, ...]
    final_scores: tuple[float, ...]
    total: int
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    degraded: tuple[Degradation, ...] = ()
    explanations: tuple[Mapping[str, Any], ...] = ()


class SnapshotStore(Protocol):
    """Keeps snapshots for some minutes.

    `put` and `get` raise `SnapshotsUnavailableError` when the store cannot be reached.
    """

    def put(self, snapshot: Snapshot) -> None:
        """Keep a snapshot until it expires."""

    def get(self, snapshot_id: str) -> Snapshot | None:
        """Return the snapshot, or None when there is none or it has expired."""

    def close(self) -> None:
        """Release connections."""


class MemorySnapshots:
    """Snapshots of one process; the oldest go when there are too many. Safe between threads."""

    def __init__(
        self,
        ttl_s: float = DEFAULT_TTL_S,
        *,
        max_snapshots: int = MAX_IN_MEMORY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep each snapshot for `ttl_s` seconds of the clock, and at most `max_snapshots`."""
        self._ttl_s = ttl_s
        self._max_snapshots = max_snapshots
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, Snapshot]] = OrderedDict()

    def put(self, snapshot: Snapshot) -> None:
        """Keep a snapshot until it expires."""
        now = self._clock()
        with self._lock:
            self._kept[snapshot.id] = (now + self._ttl_s, snapshot)
            while self._kept:
                oldest, (expires, _) = next(iter(self._kept.items()))
                if expires > now and len(self._kept) <= self._max_snapshots:
                    return
                del self._kept[oldest]

    def get(self, snapshot_id: str) -> Snapshot | None:
        """Return the snapshot, or None when there is none or it has expired."""
        with self._lock:
            expires, snapshot = self._kept.get(snapshot_id, (0.0, None))
        return snapshot if expires > self._clock() else None

    def close(self) -> None:
        """Forget all snapshots."""
        with self._lock:
            self._kept.clear()
