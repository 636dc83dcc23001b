"""Snapshots in Redis, where all processes of the service find them."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from hybrid_search.errors import SettingsError, SnapshotsUnavailableError
from hybrid_search.snapshots import (
    FORMAT,
    Snapshot,
    decode_snapshot,
    encode_snapshot,
    is_snapshot_id,
)

CONNECT_TIMEOUT_S = 0.1
ANSWER_TIMEOUT_S = 0.1
"""Together less than the 250 ms that a search can afford to lose when Redis hangs."""


class RedisSnapshots:
    """Snapshots that Redis drops when their time is over."""

    def __init__(self, url: str, *, ttl_s: int) -> None:
        """Prepare connections; the first call makes one.

        Args:
            url: `redis://`, `rediss://` or `unix://`; its query may set other timeouts.
            ttl_s: how long each snapshot is kept.

        Raises:
            SettingsError: the URL is none of a Redis.
        """
        self._ttl_s = ttl_s
        try:
            self._client = Redis.from_url(
                url,
                socket_connect_timeout=CONNECT_TIMEOUT_S,
                socket_timeout=ANSWER_TIMEOUT_S,
                retry=Retry(NoBackoff(), 0),
                # Version 3 lets the client lengthen its timeouts and costs another round trip.
                protocol=2,
            )
        except ValueError:
            # Its text may show the password.
            msg = "HYBRID_SEARCH_REDIS_URL has to be such as 'redis://:PASSWORD@localhost:6379/0'"
            raise SettingsError(msg) from None

    def put(self, snapshot: Snapshot) -> None:
        """Keep a snapshot.

        Raises:
            SnapshotsUnavailableError: Redis does not answer, or refuses.
        """
        with self._named_failures():
            self._client.set(_key(snapshot.id), encode_snapshot(snapshot), ex=self._ttl_s)

    def get(self, snapshot_id: str) -> Snapshot | None:
        """Return a kept snapshot, or None.

        Raises:
            SnapshotsUnavailableError: Redis does not answer, or refuses.
        """
        if not is_snapshot_id(snapshot_id):
            return None
        with self._named_failures():
            content = self._client.get(_key(snapshot_id))
        return decode_snapshot(content) if isinstance(content, bytes) else None

    def check(self) -> None:
        """Return when Redis answers.

        Raises:
            SnapshotsUnavailableError: it does not.
        """
        with self._named_failures():
            self._client.ping()

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    @contextmanager
    def _named_failures(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            msg = (
                f"Redis at {self._address()} cannot be used for snapshots: {error}; see that it "
                "runs and that HYBRID_SEARCH_REDIS_URL is right"
            )
            raise SnapshotsUnavailableError(msg) from error

    def _address(self) -> str:
        parts = self._client.get_connection_kwargs()
        return str(parts.get("path") or f"{parts.get('host')}:{parts.get('port')}")


def _key(snapshot_id: str) -> str:
    return f"hybrid_search:snapshot:{FORMAT}:{snapshot_id}"
