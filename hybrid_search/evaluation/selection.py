"""Choosing one of several options by its scores, and choosing without seeing a query."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from hybrid_search.errors import SettingsError

Scores = npt.NDArray[np.float64]
"""One row a query, one column an option."""

SelectionRule = Literal["best", "one_standard_error"]

MIN_FOLDS = 2

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """How options are chosen and the choice is assessed.

    Attributes:
        folds: parts that the queries are divided into; each is held out once.
        repeats: random divisions; scores are averaged over them for each query.
        seed: of the divisions and of the bootstrap.
        rule: `best` mean, or the first option within `one_standard_error` of it.

    Raises:
        SettingsError: too few folds, no repeats, or an unknown rule.
    """

    folds: int = 5
    repeats: int = 10
    seed: int = 0
    rule: SelectionRule = "best"

    def __post_init__(self) -> None:
        if self.folds < MIN_FOLDS:
            raise SettingsError(f"cannot hold out with {self.folds} folds; use 2 or more")
        if self.repeats < 1:
            raise SettingsError(f"cannot repeat {self.repeats} times; use 1 or more")
        if self.rule not in _RULES:
            msg = f"unknown selection rule {self.rule!r}; rules are {', '.join(_RULES)}"
            raise SettingsError(msg)


@dataclass(frozen=True, slots=True)
class HeldOutChoices:
    """Which option was chosen without seeing a query.

    Attributes:
        by_query: column of the option for each query while it was held out, shape
            `(repeats, queries)`.
        by_fold: the same for each fold, shape `(repeats, folds)`.
    """

    by_query: npt.NDArray[np.intp]
    by_fold: npt.NDArray[np.intp]


def select_option(scores: Scores, rule: SelectionRule) -> int:
    """Return the column to use; of equal ones the first, so the simplest should come first.

    `best` takes the highest mean. `one_standard_error` takes the first option whose mean is
    below the best one's by at most one standard error of their paired difference (the rule of
    Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984, section
    3.4.3; paired here, because all options meet the same queries, and how much these differ in
    difficulty says nothing about the options).
    """
    return _RULES[rule](scores)


def choose_held_out(scores: Scores, scheme: CrossValidation) -> HeldOutChoices:
    """Return, for every query, the options that the queries of the other folds choose.

    The folds of a repeat are a random division of the queries into parts of equal size, or off
    by one.

    Raises:
        SettingsError: there are fewer queries than folds.
    """
    queries = len(scores)
    if queries < scheme.folds:
        msg = f"{scheme.folds} folds need as many queries with a relevant product, not {queries}"
        raise SettingsError(f"{msg}; use fewer folds or judge more queries")
    by_query = np.empty((scheme.repeats, queries), dtype=np.intp)
    by_fold = np.empty((scheme.repeats, scheme.folds), dtype=np.intp)
    for repeat in range(scheme.repeats):
        order = np.random.default_rng([scheme.seed, repeat]).permutation(queries)
        for fold, held_out in enumerate(np.array_split(order, scheme.folds)):
            option = select_option(np.delete(scores, held_out, axis=0), scheme.rule)
            by_query[repeat, held_out] = option
            by_fold[repeat, fold] = option
    return HeldOutChoices(by_query, by_fold)


def _select_best(scores: Scores) -> int:
    means = scores.mean(axis=0)
    return int(np.argmax(means >= means.max() - _ROUNDING))


def _select_within_one_standard_error(scores: Scores) -> int:
    if len(scores) == 1:
        return _select_best(scores)
    losses = scores[:, [_select_best(scores)]] - scores
    standard_errors = losses.std(axis=0, ddof=1) / math.sqrt(len(scores))
    return int(np.argmax(losses.mean(axis=0) <= standard_errors + _ROUNDING))


_RULES: Mapping[SelectionRule, Callable[[Scores], int]] = {
    "best": _select_best,
    "one_standard_error": _select_within_one_standard_error,
}
