from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_search.engines.port import Vector
from hybrid_search.engines.sqlite.columns import Mask
from hybrid_search.engines.sqlite.vector_block import ABSENT, Matrix, VectorBlock

DIMENSION = 7
SIZE = 12
QUERY: Vector = np.ones(DIMENSION, dtype=np.float32) / np.sqrt(DIMENSION).astype(np.float32)


def unit_rows(seed: int, count: int) -> Matrix:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION))
    unit: Matrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def block_of(vectors: dict[int, Matrix], capacity: int = 0) -> VectorBlock:
    packed = [(row, rows.tobytes()) for row, rows in vectors.items()]
    return VectorBlock.of(packed, capacity=capacity, dimension=DIMENSION)


def changed(*rows: int) -> Mask:
    mask = np.zeros(SIZE, dtype=np.bool_)
    mask[list(rows)] = True
    return mask


def expected(vectors: Mapping[int, npt.NDArray[np.floating]]) -> list[float]:
    best = np.full(SIZE, ABSENT)
    for row, rows in vectors.items():
        best[row] = (rows @ QUERY.astype(rows.dtype)).max()
    return best.tolist()


def test_a_row_counts_by_its_best_vector() -> None:
    vectors = {3: unit_rows(1, 2), 1: unit_rows(2, 1), 7: unit_rows(3, 4)}
    block = block_of(vectors)
    assert block.similarities(QUERY, SIZE).tolist() == pytest.approx(expected(vectors), abs=1e-6)
    exact = block.exact_similarities(QUERY, np.arange(SIZE))
    in_float64 = {row: rows.astype(np.float64) for row, rows in vectors.items()}
    assert exact.tolist() == pytest.approx(expected(in_float64), abs=1e-14)


def test_a_block_without_vectors_has_none() -> None:
    block = block_of({})
    assert set(block.similarities(QUERY, SIZE).tolist()) == {ABSENT}
    assert set(block.exact_similarities(QUERY, np.arange(SIZE)).tolist()) == {ABSENT}


def test_equal_vectors_have_equal_exact_cosines_wherever_they_stand() -> None:
    row = unit_rows(5, 1)
    vectors = {n: row if n % 3 == 0 else unit_rows(n, 3) for n in range(1, SIZE)}
    exact = block_of(vectors).exact_similarities(QUERY, np.array([3, 6, 9]))
    assert len(set(exact.tolist())) == 1


def test_an_exact_cosine_is_never_above_one() -> None:
    rows = np.full((1, DIMENSION), 1 / np.sqrt(DIMENSION) + 1e-6, dtype=np.float32)
    assert block_of({1: rows}).exact_similarities(QUERY, np.array([1])).tolist() == [1.0]


def test_an_update_leaves_the_former_block_as_it_was() -> None:
    before = {1: unit_rows(1, 2), 2: unit_rows(2, 1)}
    old = block_of(before, capacity=50)
    new_rows = unit_rows(9, 3)
    new = old.updated(changed(1, 5), [(1, new_rows[:1].tobytes()), (5, new_rows[1:].tobytes())])
    assert old.similarities(QUERY, SIZE).tolist() == pytest.approx(expected(before), abs=1e-6)
    after = {**before, 1: new_rows[:1], 5: new_rows[1:]}
    assert new.similarities(QUERY, SIZE).tolist() == pytest.approx(expected(after), abs=1e-6)


def test_memory_for_all_vectors_is_one_copy() -> None:
    block = block_of({n: unit_rows(n, 2) for n in range(1, SIZE)}, capacity=2 * (SIZE - 1))
    assert block.vectors.flags.c_contiguous
    assert block.vectors.base is not None
    assert block.vectors.base.nbytes == block.vectors.nbytes


@settings(max_examples=40, deadline=None, database=None)
@given(
    st.lists(
        st.dictionaries(st.integers(1, SIZE - 1), st.integers(0, 3), min_size=1, max_size=5),
        max_size=12,
    )
)
def test_any_updates_lead_to_the_block_of_the_last_state(updates: list[dict[int, int]]) -> None:
    state: dict[int, Matrix] = {}
    block = block_of({})
    for step, update in enumerate(updates):
        written = {
            row: unit_rows(100 * step + row, count) for row, count in update.items() if count
        }
        state = {row: rows for row, rows in state.items() if row not in update} | written
        packed = [(row, rows.tobytes()) for row, rows in sorted(written.items())]
        block = block.updated(changed(*update), packed)
        assert block.similarities(QUERY, SIZE).tolist() == pytest.approx(expected(state), abs=1e-6)
        number = sum(len(rows) for rows in state.values())
        assert len(block.vectors) <= 2 * number, "replaced vectors do not pile up"
