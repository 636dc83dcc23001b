"""Snapshots: frozen rankings that the pages of one search are cut from."""

import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

import orjson
from pydantic import TypeAdapter, ValidationError

from hybrid_search.engines.port import Degradation, FacetValue

DEFAULT_TTL_S = 600
MAX_BYTES = 32 * 1024 * 1024
"""Of the snapshots in one process: some 5,000 rankings of 200 products."""

FORMAT = 1
"""To be raised when a field of a snapshot or an explanation is added or gets another meaning."""

_ID_BYTES = 16
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One ranking as it was made, with what its first page said about the whole result set.

    Attributes:
        id: unguessable, from `new_snapshot_id`.
        query_id: of the answer that the ranking was made for; its further pages have the same.
        digest: of the request that chose the products and their order.
        product_ids: best first, in the order of `final_scores`.
        explanations: JSON-ready records of all products, in the same order; empty when they were
            not asked for.
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
    """Keeps snapshots for a while; safe to share between threads."""

    def put(self, snapshot: Snapshot) -> None:
        """Keep a snapshot from now on until its time is over.

        Raises:
            SnapshotsUnavailableError: the store cannot be reached.
        """

    def get(self, snapshot_id: str) -> Snapshot | None:
        """Return a kept snapshot; None when its time is over, or there never was one.

        Raises:
            SnapshotsUnavailableError: the store cannot be reached.
        """

    def check(self) -> None:
        """Return when the store can be reached.

        Raises:
            SnapshotsUnavailableError: it cannot.
        """

    def close(self) -> None:
        """End all connections."""


class MemorySnapshots:
    """Snapshots in this process; when memory is used up, the oldest ones go before their time."""

    def __init__(
        self,
        ttl_s: float = DEFAULT_TTL_S,
        *,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep nothing yet.

        Args:
            ttl_s: how long each is kept.
            max_bytes: of all kept snapshots as they are encoded; one that is larger is kept alone.
            clock: seconds.
        """
        self._ttl_s = ttl_s
        self._max_bytes = max_bytes
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def put(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; older ones make room."""
        content = encode_snapshot(snapshot)
        with self._lock:
            now = self._clock()
            self._drop(snapshot.id)
            self._kept[snapshot.id] = (now + self._ttl_s, content)
            self._bytes += len(content)
            self._make_room(now)

    def get(self, snapshot_id: str) -> Snapshot | None:
        """Return a kept snapshot, or None."""
        with self._lock:
            expires_at, content = self._kept.get(snapshot_id, (0.0, b""))
            is_over = expires_at <= self._clock()
        return None if is_over else decode_snapshot(content)

    def check(self) -> None:
        """Return; this process can be reached."""

    def close(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _make_room(self, now: float) -> None:
        """Drop from the front: all live equally long, so the first put is the first to end."""
        while len(self._kept) > 1:
            oldest = next(iter(self._kept))
            if self._bytes <= self._max_bytes and self._kept[oldest][0] > now:
                return
            self._drop(oldest)

    def _drop(self, snapshot_id: str) -> None:
        _, content = self._kept.pop(snapshot_id, (0.0, b""))
        self._bytes -= len(content)


def new_snapshot_id() -> str:
    """Return an id that nobody can guess: 128 random bits."""
    return secrets.token_urlsafe(_ID_BYTES)


def is_snapshot_id(text: str) -> bool:
    """Return whether `new_snapshot_id` may have made the text."""
    return _ID.fullmatch(text) is not None


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """Return the snapshot as compact JSON."""
    return orjson.dumps([FORMAT, snapshot])


def decode_snapshot(content: bytes) -> Snapshot | None:
    """Return the snapshot that was encoded, or None when another version of the code did it."""
    try:
        version, fields = orjson.loads(content)
        return _SNAPSHOT.validate_python(fields) if version == FORMAT else None
    except (ValueError, TypeError, ValidationError):
        return None


_SNAPSHOT = TypeAdapter(Snapshot)
