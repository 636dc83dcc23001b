import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.errors import HybridSearchError, SettingsError
from hybrid_search.evaluation.runs import Run, overlap_at_k

rankings = st.dictionaries(
    st.sampled_from("xyz"), st.lists(st.sampled_from("abcdef"), unique=True).map(tuple), min_size=1
)
cutoffs = st.integers(1, 8)


def test_overlap_is_the_mean_share_of_common_products_over_queries() -> None:
    first = Run({"x": ("a", "b", "c"), "y": ("a", "b")})
    second = Run({"x": ("c", "d", "a"), "y": ("b", "a")})
    assert overlap_at_k(first, second, 2) == (0 / 2 + 2 / 2) / 2
    assert overlap_at_k(first, second, 3) == (2 / 3 + 2 / 2) / 2


def test_a_list_that_is_cut_short_disagrees_by_what_it_lacks() -> None:
    assert overlap_at_k(Run({"x": ("a",)}), Run({"x": ("a", "b", "c")}), 10) == 1 / 3


def test_a_query_that_only_one_run_has_counts_as_disagreement() -> None:
    assert overlap_at_k(Run({"x": ("a",), "y": ("a",)}), Run({"x": ("a",)}), 10) == 1 / 2


def test_two_empty_lists_agree() -> None:
    assert overlap_at_k(Run({"x": ()}), Run({"x": ()}), 10) == 1


@given(rankings, cutoffs)
def test_a_run_agrees_fully_with_itself(ranking: dict[str, tuple[str, ...]], k: int) -> None:
    assert overlap_at_k(Run(ranking), Run(ranking), k) == 1


@given(rankings, rankings, cutoffs)
def test_overlap_is_symmetric_and_within_bounds(
    first: dict[str, tuple[str, ...]], second: dict[str, tuple[str, ...]], k: int
) -> None:
    overlap = overlap_at_k(Run(first), Run(second), k)
    assert 0 <= overlap <= 1
    assert overlap == overlap_at_k(Run(second), Run(first), k)


def test_overlap_needs_a_positive_cutoff_and_a_query() -> None:
    with pytest.raises(SettingsError, match="first 0 products"):
        overlap_at_k(Run({"x": ()}), Run({"x": ()}), 0)
    with pytest.raises(SettingsError, match="without queries"):
        overlap_at_k(Run({}), Run({}), 10)


def test_a_ranking_that_holds_a_product_twice_is_refused() -> None:
    with pytest.raises(HybridSearchError, match="ranking for 'x' holds product 'b' more than once"):
        Run({"x": ("a", "b", "c", "b")})
