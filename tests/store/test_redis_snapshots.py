"""Snapshots in a real Redis: shared, expiring, and what happens when it is away."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from redis import Redis

from hybrid_search.errors import SettingsError, SnapshotsUnavailableError
from hybrid_search.snapshots import SnapshotStore, new_snapshot_id
from hybrid_search.store.redis_snapshots import RedisSnapshots
from tests.contracts.snapshot_store_contract import TTL_S, SnapshotStoreContract, make_snapshot
from tests.servers.redis_server import RedisServer

LONGEST_WAIT_S = 0.25


@contextmanager
def opened(url: str, ttl_s: int = 60) -> Iterator[RedisSnapshots]:
    store = RedisSnapshots(url, ttl_s=ttl_s)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A server of the test's own, to be stopped and started."""
    server = RedisServer.start(os.environ)
    yield server
    server.stop()


def assert_unavailable(call: Callable[[], object], match: str = "cannot be used") -> None:
    start = time.perf_counter()
    with pytest.raises(SnapshotsUnavailableError, match=match):
        call()
    assert time.perf_counter() - start < LONGEST_WAIT_S


class TestRedisSnapshots(SnapshotStoreContract):
    @pytest.fixture
    def store(self, redis_url: str) -> Iterator[SnapshotStore]:
        with opened(redis_url, TTL_S) as store:
            yield store

    @pytest.fixture
    def pass_time(self) -> Callable[[float], None]:
        return time.sleep


def test_processes_share_snapshots(redis_url: str) -> None:
    snapshot = make_snapshot()
    with opened(redis_url) as writer, opened(redis_url) as reader:
        writer.put(snapshot)
        assert reader.get(snapshot.id) == snapshot


def test_redis_itself_drops_what_is_over(redis_url: str) -> None:
    with opened(redis_url, 60) as store, Redis.from_url(redis_url) as client:
        store.put(make_snapshot())
        (key,) = client.keys()
        assert 59 <= client.ttl(key) <= 60


def test_what_another_version_stored_counts_as_expired(redis_url: str) -> None:
    snapshot = make_snapshot()
    with opened(redis_url) as store, Redis.from_url(redis_url) as client:
        store.put(snapshot)
        (key,) = client.keys()
        client.set(key, b"[0, {}]")
        assert store.get(snapshot.id) is None


def test_redis_that_is_down_is_named_at_once(server: RedisServer) -> None:
    server.stop()
    with opened(server.url) as store:
        snapshot = make_snapshot()
        address = urlsplit(server.url).netloc
        assert_unavailable(lambda: store.put(snapshot), f"Redis at {address} cannot be used")
        assert_unavailable(lambda: store.get(snapshot.id))
        assert_unavailable(store.check)


def test_redis_that_goes_away_and_comes_back_is_used_again(server: RedisServer) -> None:
    snapshot = make_snapshot()
    with opened(server.url) as store:
        store.put(snapshot)
        server.stop()
        assert_unavailable(lambda: store.put(snapshot))
        again = RedisServer.start(os.environ, port=server.port)
        try:
            assert store.get(snapshot.id) is None
            store.put(snapshot)
            assert store.get(snapshot.id) == snapshot
        finally:
            again.stop()


def test_restart_between_two_calls_is_not_noticed(server: RedisServer) -> None:
    with opened(server.url) as store:
        store.check()
        server.stop()
        again = RedisServer.start(os.environ, port=server.port)
        try:
            store.check()
        finally:
            again.stop()


@pytest.mark.parametrize("is_connected", [True, False])
def test_redis_that_hangs_costs_a_quarter_of_a_second(
    server: RedisServer, *, is_connected: bool
) -> None:
    snapshot = make_snapshot()
    with opened(server.url) as store:
        if is_connected:
            store.check()
        os.kill(server.process.process_id, signal.SIGSTOP)
        try:
            assert_unavailable(lambda: store.put(snapshot), "[Tt]imeout")
            assert_unavailable(lambda: store.get(snapshot.id), "[Tt]imeout")
        finally:
            os.kill(server.process.process_id, signal.SIGCONT)
        store.put(snapshot)
        # The answer to a call that was given up is not taken for the answer to this one.
        assert store.get(new_snapshot_id()) is None
        assert store.get(snapshot.id) == snapshot


def test_full_redis_is_named(server: RedisServer) -> None:
    with opened(server.url) as store, Redis.from_url(server.url) as client:
        client.config_set("maxmemory", "1")
        assert_unavailable(lambda: store.put(make_snapshot()), "used memory")


def test_wrong_password_is_named_and_not_shown(server: RedisServer) -> None:
    with Redis.from_url(server.url) as client:
        client.config_set("requirepass", "correct-horse")
    port = server.port
    with opened(f"redis://:correct-horse@127.0.0.1:{port}/0") as store:
        store.check()
    with (
        opened(f"redis://:battery-staple@127.0.0.1:{port}/0") as store,
        pytest.raises(SnapshotsUnavailableError) as failure,
    ):
        store.check()
    assert "battery-staple" not in str(failure.value)
    assert f"127.0.0.1:{port}" in str(failure.value)


@pytest.mark.parametrize("url", ["http://:secret@host", "secret", "redis://:secret@host:port/0"])
def test_url_of_something_else_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(SettingsError, match="HYBRID_SEARCH_REDIS_URL has to be") as failure:
        RedisSnapshots(url, ttl_s=1)
    assert "secret" not in str(failure.value)
