"""Bootstrap intervals over queries: how far a mean could be off by the choice of queries."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hybrid_search.errors import SettingsError

LEVEL = 0.95
RESAMPLES = 10_000

_DRAWS_AT_ONCE = 2_000_000

Values = Sequence[float] | npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over queries and the bounds that hold it at `LEVEL`."""

    mean: float
    lower: float
    upper: float


def bootstrap_mean(
    values: Values, generator: np.random.Generator, *, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean of one value a query, with its percentile bootstrap interval.

    The queries are drawn anew with replacement, as many as there are; the bounds are the
    `(1 - LEVEL) / 2` and `(1 + LEVEL) / 2` quantiles of the means of `resamples` such draws
    (Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1), 1979;
    Efron and Tibshirani, "Bootstrap methods for standard errors, confidence intervals, and other
    measures of statistical accuracy", Statistical Science 1(1), 1986). The interval of a single
    query has no width: one query says nothing about others.

    Raises:
        SettingsError: there are no values, one is not finite, or `resamples` is below 1.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not sample.size or not np.isfinite(sample).all():
        msg = f"cannot bootstrap values of shape {sample.shape}"
        raise SettingsError(f"{msg}; give one finite value for each of at least one query")
    if resamples < 1:
        raise SettingsError(f"cannot bootstrap with {resamples} resamples; use 1 or more")
    means = _resample_means(sample, generator, resamples)
    lower, upper = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(sample.mean()), float(lower), float(upper))


def bootstrap_difference(
    first: Values, second: Values, generator: np.random.Generator, *, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean of `first - second` with its paired bootstrap interval.

    Both hold one value for each query, in the same order, and a draw takes both values of a
    query: how hard a query is cancels out (Sakai, "Evaluating evaluation metrics based on the
    bootstrap", SIGIR 2006). An interval without 0 is a difference that other queries of the same
    kind would show as well.

    Raises:
        SettingsError: the values are not paired, or cannot be bootstrapped.
    """
    if len(first) != len(second):
        msg = f"cannot pair {len(first)} values with {len(second)}; give both for the same queries"
        raise SettingsError(msg)
    differences = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    return bootstrap_mean(differences, generator, resamples=resamples)


def _resample_means(
    sample: npt.NDArray[np.float64], generator: np.random.Generator, resamples: int
) -> npt.NDArray[np.float64]:
    # In blocks, so that memory does not grow with the number of queries.
    rows = max(1, _DRAWS_AT_ONCE // sample.size)
    sizes = (min(rows, resamples - done) for done in range(0, resamples, rows))
    draws = (generator.integers(sample.size, size=(size, sample.size)) for size in sizes)
    return np.concatenate([sample[draw].mean(axis=1) for draw in draws])
