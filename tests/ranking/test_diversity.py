import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.ranking.diversity import (
    cap_per_brand,
    maximal_marginal_relevance,
    value_overlap,
)

brands = st.lists(st.sampled_from(["Acme", "Blue", None]), max_size=30)


def test_lambda_one_keeps_the_order() -> None:
    similarity = np.ones((4, 4))
    assert maximal_marginal_relevance([4.0, 3.0, 2.0, 1.0], similarity, 1.0) == [0, 1, 2, 3]


def test_a_twin_of_the_first_waits_for_something_else() -> None:
    similarity = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert maximal_marginal_relevance([1.0, 0.9, 0.6], similarity, 0.5) == [0, 2, 1]


def test_mmr_of_nothing_is_nothing() -> None:
    assert maximal_marginal_relevance([], np.zeros((0, 0)), 0.5) == []


@given(st.lists(st.floats(0, 10), max_size=12), st.floats(0, 1))
def test_mmr_loses_and_repeats_nothing(relevance: list[float], mmr_lambda: float) -> None:
    similarity = np.eye(len(relevance))
    order = maximal_marginal_relevance(sorted(relevance, reverse=True), similarity, mmr_lambda)
    assert sorted(order) == list(range(len(relevance)))


def test_value_overlap_is_the_jaccard_similarity() -> None:
    overlap = value_overlap([frozenset("ab"), frozenset("bc"), frozenset()])
    assert overlap[0, 1] == overlap[1, 0] == pytest.approx(1 / 3)
    assert overlap[0, 2] == 0


@given(brands, st.integers(1, 3), st.integers(1, 10))
def test_a_cap_holds_while_others_can_fill_the_places(
    found: list[str | None], cap: int, depth: int
) -> None:
    order = cap_per_brand(found, cap, depth)
    assert sorted(order) == list(range(len(found)))
    fitting = sum(min(found.count(brand), cap) for brand in ("Acme", "Blue")) + found.count(None)
    head = [found[position] for position in order[: min(depth, fitting)]]
    assert all(head.count(brand) <= cap for brand in ("Acme", "Blue"))


def test_a_cap_keeps_the_order_of_each_part() -> None:
    assert cap_per_brand(["A", "A", "B", "A", "C"], 1, 3) == [0, 2, 4, 1, 3]
