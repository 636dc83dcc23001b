from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.errors import SettingsError
from hybrid_search.evaluation import intervals
from hybrid_search.evaluation.intervals import bootstrap_difference, bootstrap_mean

values = st.lists(st.floats(0, 1), min_size=1, max_size=40)
pairs = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=40)


def generator() -> np.random.Generator:
    return np.random.default_rng(7)


@given(values)
def test_the_interval_holds_the_mean_and_stays_among_the_values(sample: list[float]) -> None:
    interval = bootstrap_mean(sample, generator(), resamples=500)
    assert interval.mean == pytest.approx(sum(sample) / len(sample))
    assert interval.lower <= interval.mean + 1e-12
    assert interval.upper >= interval.mean - 1e-12
    assert min(sample) - 1e-12 <= interval.lower <= interval.upper <= max(sample) + 1e-12


def test_the_interval_of_many_values_is_near_the_normal_one() -> None:
    sample = generator().random(400)
    interval = bootstrap_mean(sample, generator())
    half_width = 1.96 * sample.std() / sqrt(len(sample))
    assert interval.lower == pytest.approx(sample.mean() - half_width, abs=0.1 * half_width)
    assert interval.upper == pytest.approx(sample.mean() + half_width, abs=0.1 * half_width)


def test_a_single_value_has_an_interval_without_width() -> None:
    interval = bootstrap_mean([0.4], generator())
    assert (interval.lower, interval.mean, interval.upper) == (0.4, 0.4, 0.4)


@given(pairs)
def test_a_difference_is_bootstrapped_in_pairs(sample: list[tuple[float, float]]) -> None:
    first, second = zip(*sample, strict=True)
    interval = bootstrap_difference(first, second, generator(), resamples=200)
    differences = [one - other for one, other in sample]
    assert interval == bootstrap_mean(differences, generator(), resamples=200)


def test_a_constant_gain_is_certain_however_hard_the_queries_are() -> None:
    second = generator().random(30)
    interval = bootstrap_difference(second + 0.25, second, generator())
    assert interval.lower == pytest.approx(0.25)
    assert interval.upper == pytest.approx(0.25)


def test_an_equal_seed_gives_an_equal_interval_and_another_seed_another() -> None:
    sample = [0.1, 0.4, 0.5, 0.9]
    assert bootstrap_mean(sample, generator()) == bootstrap_mean(sample, generator())
    other = bootstrap_mean(sample, np.random.default_rng(8), resamples=99)
    assert bootstrap_mean(sample, generator(), resamples=99) != other


def test_drawing_in_blocks_gives_the_same_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = [0.1, 0.4, 0.5, 0.9]
    at_once = bootstrap_mean(sample, generator(), resamples=1000)
    monkeypatch.setattr(intervals, "_DRAWS_AT_ONCE", 28)
    assert bootstrap_mean(sample, generator(), resamples=1000) == at_once


@pytest.mark.parametrize("sample", [[], [0.1, float("nan")], [float("inf")]])
def test_values_that_cannot_be_averaged_are_refused(sample: list[float]) -> None:
    with pytest.raises(SettingsError, match="one finite value for each"):
        bootstrap_mean(sample, generator())


def test_unpaired_values_and_no_resamples_are_refused() -> None:
    with pytest.raises(SettingsError, match="cannot pair 2 values with 1"):
        bootstrap_difference([0.1, 0.2], [0.1], generator())
    with pytest.raises(SettingsError, match="with 0 resamples"):
        bootstrap_mean([0.1], generator(), resamples=0)
