"""The behaviour that every store of snapshots shares."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from hybrid_search.engines.port import Degradation, FacetValue
from hybrid_search.snapshots import Snapshot, SnapshotStore, new_snapshot_id

TTL_S = 1


def make_snapshot(*, products: int = 3, is_explained: bool = True) -> Snapshot:
    product_ids = tuple(f"Größe {n}" for n in range(products))
    explanation = {
        "method": "convex",
        "terms": [{"signal": "lexical", "score": 1 / 3, "part": 0.1 + 0.2, "rank": None}],
        "boosts": [{"field": "brand", "value": "Acme", "factor": 1.3}],
        "absent_signals": ["text_vector"],
    }
    return Snapshot(
        id=new_snapshot_id(),
        query_id="0123456789abcdef0123456789abcdef",
        digest="0123456789abcdef",
        generation="products-20250101",
        profile="default",
        profile_version=7,
        product_ids=product_ids,
        final_scores=tuple(1 / (n + 3) for n in range(products)),
        total=products + 40,
        facets={"brand": (FacetValue("Acme", 2), FacetValue("Nordlicht & Söhne", 1)), "fit": ()},
        notices=("no product has brand 'Acme '; did you mean 'Acme'?",),
        degraded=(Degradation("text_vector", "too late"),),
        explanations=tuple(explanation for _ in product_ids) if is_explained else (),
    )


class SnapshotStoreContract:
    """A subclass supplies `store`, which keeps snapshots for TTL_S, and `pass_time`."""

    @pytest.fixture
    def store(self) -> SnapshotStore:
        raise NotImplementedError

    @pytest.fixture
    def pass_time(self) -> Callable[[float], None]:
        """Let so many seconds go by for the store."""
        raise NotImplementedError

    def test_snapshot_comes_back_exactly(self, store: SnapshotStore) -> None:
        snapshot = make_snapshot()
        store.put(snapshot)
        assert store.get(snapshot.id) == snapshot

    def test_full_window_comes_back_without_explanations(self, store: SnapshotStore) -> None:
        snapshot = make_snapshot(products=1000, is_explained=False)
        store.put(snapshot)
        assert store.get(snapshot.id) == snapshot

    def test_empty_ranking_comes_back(self, store: SnapshotStore) -> None:
        snapshot = make_snapshot(products=0)
        store.put(snapshot)
        assert store.get(snapshot.id) == snapshot

    @pytest.mark.parametrize(
        "snapshot_id",
        [new_snapshot_id(), "", "*", "a b\n", "\x00", "\ud800", "é" * 22, "a" * 10**6],
    )
    def test_unknown_id_gives_none(self, store: SnapshotStore, snapshot_id: str) -> None:
        store.put(make_snapshot())
        assert store.get(snapshot_id) is None

    def test_snapshot_is_kept_for_its_time_and_not_longer(
        self, store: SnapshotStore, pass_time: Callable[[float], None]
    ) -> None:
        snapshot = make_snapshot()
        store.put(snapshot)
        pass_time(TTL_S * 0.5)
        assert store.get(snapshot.id) is not None
        # Reading does not make it live longer.
        pass_time(TTL_S * 0.6)
        assert store.get(snapshot.id) is None

    def test_last_put_of_an_id_wins(self, store: SnapshotStore) -> None:
        first = make_snapshot()
        second = replace(first, profile_version=8)
        store.put(first)
        store.put(second)
        assert store.get(first.id) == second

    def test_threads_get_each_their_own(self, store: SnapshotStore) -> None:
        snapshots = [make_snapshot() for _ in range(200)]

        def put_and_get(snapshot: Snapshot) -> Snapshot | None:
            store.put(snapshot)
            return store.get(snapshot.id)

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(put_and_get, snapshots)) == snapshots

    def test_store_that_runs_can_be_reached(self, store: SnapshotStore) -> None:
        store.check()
