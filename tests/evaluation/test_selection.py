from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybrid_search.errors import SettingsError
from hybrid_search.evaluation.selection import (
    CrossValidation,
    Scores,
    choose_held_out,
    select_option,
)

matrices = arrays(
    np.float64,
    st.tuples(st.integers(6, 20), st.integers(1, 6)),
    elements=st.integers(0, 8).map(lambda eighth: eighth / 8),
)


@given(matrices)
def test_the_best_rule_takes_the_first_of_the_highest_means(scores: Scores) -> None:
    means = scores.sum(axis=0).tolist()
    assert select_option(scores, "best") == means.index(max(means))


def test_means_that_differ_by_rounding_alone_are_equal() -> None:
    thirds = np.array([[0.1, 0.3], [0.2, 0.2], [0.3, 0.1]])
    assert sum(thirds[:, 0].tolist()) != sum(thirds[::-1, 0].tolist())
    assert select_option(thirds, "best") == 0
    assert select_option(thirds[:, ::-1], "best") == 0


@given(matrices)
def test_the_one_standard_error_rule_takes_the_first_option_near_the_best(
    scores: Scores,
) -> None:
    best = select_option(scores, "best")
    losses = scores[:, [best]] - scores
    near = [
        column
        for column in range(scores.shape[1])
        if losses[:, column].mean() <= losses[:, column].std(ddof=1) / sqrt(len(scores)) + 1e-12
    ]
    assert select_option(scores, "one_standard_error") == near[0]


def test_the_one_standard_error_rule_ignores_how_much_queries_differ() -> None:
    difficulty = np.linspace(0, 1, 20)
    scores = np.column_stack([difficulty, difficulty + 0.01])
    assert select_option(scores, "one_standard_error") == 1


def test_the_one_standard_error_rule_keeps_the_default_against_a_doubtful_gain() -> None:
    scores = np.column_stack([np.full(20, 0.5), np.tile([0.9, 0.12], 10)])
    assert select_option(scores, "best") == 1
    assert select_option(scores, "one_standard_error") == 0


def test_an_option_exactly_one_standard_error_below_the_best_is_taken() -> None:
    # Losses of 1/2 and 0 have a mean of 1/4 and a standard error of sqrt(1/8) / sqrt(2) = 1/4.
    scores = np.array([[0.0, 0.5], [0.5, 0.5]])
    assert select_option(scores, "one_standard_error") == 0
    assert select_option(scores - [[0.01, 0], [0.01, 0]], "one_standard_error") == 1


def test_one_query_selects_by_its_score_under_both_rules() -> None:
    scores = np.array([[0.1, 0.2, 0.2]])
    assert select_option(scores, "best") == 1
    assert select_option(scores, "one_standard_error") == 1


@given(matrices, st.integers(2, 6), st.integers(0, 3))
def test_a_held_out_query_has_no_part_in_its_choice(scores: Scores, folds: int, seed: int) -> None:
    scheme = CrossValidation(folds=folds, repeats=1, seed=seed)
    former = choose_held_out(scores, scheme)
    assert former.by_query.shape == (1, len(scores))
    changed = scores.copy()
    changed[0] = changed[0][::-1] * 8
    assert choose_held_out(changed, scheme).by_query[0, 0] == former.by_query[0, 0]


def test_every_query_of_a_fold_meets_the_choice_of_the_other_folds() -> None:
    # Option 1 is good for one query only, so it is chosen exactly while another is held out.
    scores = np.column_stack([np.full(6, 0.5), np.array([9.0, 0, 0, 0, 0, 0])])
    choices = choose_held_out(scores, CrossValidation(folds=3, repeats=4))
    assert choices.by_query[:, 0].tolist() == [0, 0, 0, 0]
    assert choices.by_query.sum(axis=1).tolist() == [4, 4, 4, 4]
    assert choices.by_fold.sum(axis=1).tolist() == [2, 2, 2, 2]


def test_repeats_divide_the_queries_differently_and_the_seed_fixes_them() -> None:
    scores = np.column_stack([np.full(6, 0.5), np.array([9.0, 0, 0, 0, 0, 0])])
    choices = choose_held_out(scores, CrossValidation(folds=3, repeats=20, seed=1)).by_query
    assert len(np.unique(choices, axis=0)) > 1
    again = choose_held_out(scores, CrossValidation(folds=3, repeats=20, seed=1)).by_query
    assert (choices == again).all()
    fewer = choose_held_out(scores, CrossValidation(folds=3, repeats=5, seed=1)).by_query
    assert (choices[:5] == fewer).all()
    other = choose_held_out(scores, CrossValidation(folds=3, repeats=20, seed=2)).by_query
    assert (choices != other).any()


def test_choosing_among_options_of_pure_luck_gains_nothing_on_held_out_queries() -> None:
    generator = np.random.default_rng(5)
    in_sample, held_out = [], []
    for seed in range(200):
        scores = generator.random((20, 40))
        choices = choose_held_out(scores, CrossValidation(repeats=1, seed=seed))
        in_sample.append(scores[:, select_option(scores, "best")].mean())
        held_out.append(scores[np.arange(20), choices.by_query[0]].mean())
    expected, standard_error = 1 / 2, sqrt(1 / 12 / 20)
    assert np.mean(in_sample) > expected + 2 * standard_error
    assert np.mean(held_out) == pytest.approx(expected, abs=0.3 * standard_error)


def test_as_many_folds_as_queries_leave_one_out() -> None:
    scores = np.column_stack([np.full(4, 0.5), np.array([9.0, 0, 0, 0])])
    choices = choose_held_out(scores, CrossValidation(folds=4, repeats=1))
    assert choices.by_query.tolist() == [[0, 1, 1, 1]]


def test_more_folds_than_queries_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"5 folds need as many queries .* not 4"):
        choose_held_out(np.zeros((4, 2)), CrossValidation(folds=5))


def test_impossible_schemes_are_refused() -> None:
    with pytest.raises(SettingsError, match="with 1 folds"):
        CrossValidation(folds=1)
    with pytest.raises(SettingsError, match="repeat 0 times"):
        CrossValidation(repeats=0)
    with pytest.raises(SettingsError, match="unknown selection rule 'first'; rules are best, one"):
        CrossValidation(rule="first")  # type: ignore[arg-type]  # what a command line could pass
