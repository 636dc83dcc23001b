"""Snapshots in the process, and how they are encoded."""

from collections.abc import Callable
from dataclasses import asdict, replace

import orjson
import pytest

from hybrid_search.snapshots import (
    FORMAT,
    MemorySnapshots,
    Snapshot,
    SnapshotStore,
    decode_snapshot,
    encode_snapshot,
    is_snapshot_id,
    new_snapshot_id,
)
from tests.contracts.snapshot_store_contract import TTL_S, SnapshotStoreContract, make_snapshot


class Clock:
    """Seconds that go by when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class TestMemorySnapshots(SnapshotStoreContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def store(self, clock: Clock) -> SnapshotStore:
        return MemorySnapshots(ttl_s=TTL_S, max_bytes=10**7, clock=clock)

    @pytest.fixture
    def pass_time(self, clock: Clock) -> Callable[[float], None]:
        return clock.advance


def test_oldest_snapshots_make_room() -> None:
    snapshots = [make_snapshot() for _ in range(5)]
    size = len(encode_snapshot(snapshots[0]))
    store = MemorySnapshots(ttl_s=TTL_S, max_bytes=3 * size, clock=Clock())
    for snapshot in snapshots:
        store.put(snapshot)
    kept = [store.get(snapshot.id) is not None for snapshot in snapshots]
    assert kept == [False, False, True, True, True]


def test_snapshot_larger_than_the_memory_is_kept_alone() -> None:
    store = MemorySnapshots(ttl_s=TTL_S, max_bytes=10, clock=Clock())
    first, second = make_snapshot(), make_snapshot()
    store.put(first)
    assert store.get(first.id) is not None
    store.put(second)
    assert store.get(first.id) is None
    assert store.get(second.id) is not None


def test_room_of_expired_and_replaced_snapshots_is_given_back() -> None:
    clock = Clock()
    snapshot = make_snapshot()
    size = len(encode_snapshot(snapshot))
    store = MemorySnapshots(ttl_s=TTL_S, max_bytes=2 * size, clock=clock)
    for _ in range(10):
        store.put(snapshot)
    other = make_snapshot()
    store.put(other)
    assert store.get(snapshot.id) is not None
    clock.advance(TTL_S)
    third, fourth = make_snapshot(), make_snapshot()
    store.put(third)
    store.put(fourth)
    assert store.get(third.id) is not None
    assert store.get(fourth.id) is not None


def test_closed_store_has_forgotten_all() -> None:
    store = MemorySnapshots(ttl_s=TTL_S, max_bytes=10**6, clock=Clock())
    snapshot = make_snapshot()
    store.put(snapshot)
    store.close()
    assert store.get(snapshot.id) is None


def test_ids_are_long_random_and_fit_into_a_url() -> None:
    ids = {new_snapshot_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(is_snapshot_id(one) for one in ids)


def _fields() -> dict[str, object]:
    fields: dict[str, object] = orjson.loads(orjson.dumps(asdict(make_snapshot())))
    return fields


def _without(name: str) -> dict[str, object]:
    return {key: value for key, value in _fields().items() if key != name}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"null",
        b"not json",
        b"\xff\xfe",
        orjson.dumps(_fields()),
        orjson.dumps([FORMAT + 1, _fields()]),
        orjson.dumps([FORMAT, _without("digest")]),
        orjson.dumps([FORMAT, _fields() | {"total": "many"}]),
        orjson.dumps([FORMAT, _fields() | {"product_ids": None}]),
    ],
)
def test_what_another_version_stored_counts_as_expired(content: bytes) -> None:
    assert decode_snapshot(content) is None


def test_encoding_is_compact() -> None:
    snapshot = make_snapshot(products=200, is_explained=False)
    assert len(encode_snapshot(snapshot)) < 200 * (len("Größe 100".encode()) + 3 + 21) + 600


def test_scores_keep_every_bit() -> None:
    snapshot = replace(make_snapshot(), final_scores=(0.1 + 0.2, 1e-300, 5e-324))
    decoded = decode_snapshot(encode_snapshot(snapshot))
    assert isinstance(decoded, Snapshot)
    assert decoded.final_scores == snapshot.final_scores
