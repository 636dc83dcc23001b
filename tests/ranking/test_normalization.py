import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.ranking.candidate import SignalBounds
from hybrid_search.ranking.normalization import (
    NORMALIZATIONS,
    distribution,
    l2,
    min_max,
    theoretical,
    z_score,
)

BOUNDS = SignalBounds(floor=0.3, lower=0.1, upper=0.6)
SCORES = np.array([0.2, 0.4, 0.9])


def normalized(name: str, scores: np.ndarray) -> list[float]:
    values: list[float] = NORMALIZATIONS[name](scores, BOUNDS).normalize_all(scores).tolist()
    return values


def test_theoretical_bounds_reach_from_the_lower_bound_to_the_best_score() -> None:
    assert theoretical(SCORES, BOUNDS).normalize(0.4) == pytest.approx((0.4 - 0.1) / (0.9 - 0.1))


def test_theoretical_bounds_keep_weak_scores_weak() -> None:
    weak = np.array([0.15, 0.2])
    assert theoretical(weak, BOUNDS).normalize(0.2) == pytest.approx((0.2 - 0.1) / (0.6 - 0.1))


def test_scores_below_the_lower_bound_are_zero() -> None:
    assert theoretical(SCORES, BOUNDS).normalize(-0.5) == 0


def test_min_max_spans_zero_to_one() -> None:
    expected = [0.0, (0.4 - 0.2) / 0.7, 1.0]
    assert min_max(SCORES, BOUNDS).normalize_all(SCORES).tolist() == pytest.approx(expected)


def test_z_scores_differ_by_standard_deviations() -> None:
    expected = ((SCORES - SCORES.min()) / SCORES.std()).tolist()
    assert z_score(SCORES, BOUNDS).normalize_all(SCORES).tolist() == pytest.approx(expected)


def test_l2_divides_by_the_norm() -> None:
    expected = (SCORES / np.linalg.norm(SCORES)).tolist()
    assert l2(SCORES, BOUNDS).normalize_all(SCORES).tolist() == pytest.approx(expected)


def test_distribution_maps_the_mean_to_one_half() -> None:
    assert distribution(SCORES, BOUNDS).normalize(float(SCORES.mean())) == pytest.approx(0.5)


def test_distribution_cuts_outliers() -> None:
    scale = distribution(SCORES, BOUNDS)
    assert (scale.normalize(-100.0), scale.normalize(100.0)) == (0.0, 1.0)


@pytest.mark.parametrize("name", sorted(set(NORMALIZATIONS) - {"theoretical", "l2"}))
def test_equal_scores_have_one_value_above_zero(name: str) -> None:
    values = normalized(name, np.array([0.4, 0.4, 0.4]))
    assert len(set(values)) == 1
    assert values[0] > 0


@pytest.mark.parametrize("name", sorted(NORMALIZATIONS))
@given(scores=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=30))
def test_normalized_scores_keep_the_order_and_are_not_negative(
    name: str, scores: list[float]
) -> None:
    values = normalized(name, np.array(scores))
    assert min(values) >= 0
    in_order = [value for _, value in sorted(zip(scores, values, strict=True))]
    assert in_order == sorted(values)


@pytest.mark.parametrize("name", sorted(NORMALIZATIONS))
@given(scores=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=30))
def test_one_score_and_many_scores_are_normalized_alike(name: str, scores: list[float]) -> None:
    scale = NORMALIZATIONS[name](np.array(scores), BOUNDS)
    assert [scale.normalize(score) for score in scores] == normalized(name, np.array(scores))
