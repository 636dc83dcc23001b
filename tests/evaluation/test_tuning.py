import json
from dataclasses import dataclass

import numpy as np
import pytest

from hybrid_search.errors import SettingsError
from hybrid_search.evaluation.judgments import Judgments
from hybrid_search.evaluation.metrics import JUDGED_ONLY, UNRATED_AS_ZERO, Metric, parse_metric
from hybrid_search.evaluation.option_scores import OptionScores
from hybrid_search.evaluation.selection import CrossValidation, Scores, choose_held_out
from hybrid_search.evaluation.tuning import choose_option, tune


@dataclass(frozen=True)
class Depth:
    """Puts the relevant product at this place, among products that nobody rated."""

    place: int

    @property
    def name(self) -> str:
        return f"place {self.place}"


RR = parse_metric("rr@10")
QUERIES = [f"query {number}" for number in range(20)]
JUDGMENTS = Judgments({query: {"good": 1.0} for query in QUERIES})


def rank(query: str, option: Depth) -> list[str]:
    return [*(f"{query} {number}" for number in range(1, option.place)), "good"]


def scores_of(unrated_as_zero: Scores, judged_only: Scores | None = None) -> OptionScores[Depth]:
    queries, options = unrated_as_zero.shape
    return OptionScores(
        metric=Metric("rr", 10),
        options=tuple(Depth(place) for place in range(1, options + 1)),
        queries=tuple(QUERIES[:queries]),
        queries_left_out=0,
        by_view={
            UNRATED_AS_ZERO: unrated_as_zero,
            JUDGED_ONLY: unrated_as_zero if judged_only is None else judged_only,
        },
    )


@pytest.mark.parametrize("places", [[1, 2, 3], [2, 1, 3], [5, 3, 2, 1]])
def test_the_planted_best_option_is_chosen_in_every_fold(places: list[int]) -> None:
    options = [Depth(place) for place in places]
    report = tune(QUERIES, JUDGMENTS, options, rank, RR, scheme=CrossValidation(repeats=2))
    assert report.chosen == Depth(1)
    assert report.default == options[0]
    assert report.times_chosen == {"place 1": 5 * 2}
    estimate = report.estimates[UNRATED_AS_ZERO]
    assert estimate.nested.mean == pytest.approx(1)
    assert estimate.default.mean == pytest.approx(1 / places[0])
    assert estimate.difference.lower == pytest.approx(1 - 1 / places[0])
    expected = {f"place {place}": 1 / place for place in places}
    assert estimate.option_means == pytest.approx(expected)
    assert list(estimate.option_means) == list(expected)


def test_equal_options_leave_the_default() -> None:
    options = [Depth(3), Depth(2), Depth(1)]
    report = tune(QUERIES, JUDGMENTS, options, rank, RR, view_weights={JUDGED_ONLY: 1.0})
    assert report.chosen == Depth(3)
    assert report.times_chosen == {"place 3": 5 * 10}
    for estimate in report.estimates.values():
        assert estimate.difference.mean == pytest.approx(0)


def test_the_nested_estimate_is_the_mean_over_repeats_of_held_out_scores() -> None:
    # Option 1 shines on one query only: it is chosen exactly when that query is not held out.
    scores = np.column_stack([np.full(4, 0.5), np.array([9.0, 0, 0, 0])])
    report = choose_option(scores_of(scores), scheme=CrossValidation(folds=4, repeats=3))
    estimate = report.estimates[UNRATED_AS_ZERO]
    assert estimate.nested.mean == pytest.approx((0.5 + 0 + 0 + 0) / 4)
    assert estimate.difference.mean == pytest.approx((0.5 + 0 + 0 + 0) / 4 - 0.5)
    assert report.chosen == Depth(2)
    assert estimate.in_sample_mean == 9 / 4
    assert report.times_chosen == {"place 2": 9, "place 1": 3}


def test_a_query_counts_with_its_mean_over_repeats_that_choose_differently() -> None:
    scores = np.random.default_rng(5).random((12, 4))
    scheme = CrossValidation(folds=3, repeats=6, seed=3)
    columns = choose_held_out(scores, scheme).by_query
    of_repeat = [
        sum(scores[query, column] for query, column in enumerate(row)) / 12 for row in columns
    ]
    assert len(set(of_repeat)) > 1
    report = choose_option(scores_of(scores), scheme=scheme)
    assert report.estimates[UNRATED_AS_ZERO].nested.mean == pytest.approx(sum(of_repeat) / 6)


def test_weights_decide_which_view_chooses_and_both_are_reported() -> None:
    zero = np.tile([0.5, 0.4, 0.1], (10, 1))
    judged = np.tile([0.1, 0.4, 0.5], (10, 1))
    scores = scores_of(zero, judged)
    assert choose_option(scores).chosen == Depth(1)
    assert choose_option(scores, view_weights={JUDGED_ONLY: 2.0}).chosen == Depth(3)
    both = choose_option(scores, view_weights={UNRATED_AS_ZERO: 3.0, JUDGED_ONLY: 3.0})
    assert both.chosen == Depth(2)
    assert both.view_weights == {UNRATED_AS_ZERO: 1 / 2, JUDGED_ONLY: 1 / 2}
    assert both.estimates[UNRATED_AS_ZERO].difference.mean == pytest.approx(0.4 - 0.5)
    assert both.estimates[JUDGED_ONLY].difference.mean == pytest.approx(0.4 - 0.1)


def test_the_rule_of_the_scheme_is_used_in_folds_and_for_the_final_choice() -> None:
    scores = scores_of(np.column_stack([np.full(20, 0.5), np.tile([0.9, 0.12], 10)]))
    scheme = CrossValidation(folds=2, repeats=1, rule="one_standard_error")
    report = choose_option(scores, scheme=scheme)
    assert report.chosen == Depth(1)
    assert report.times_chosen == {"place 1": 2}
    assert report.estimates[UNRATED_AS_ZERO].in_sample_mean == pytest.approx(0.5)
    assert choose_option(scores).chosen == Depth(2)


def test_equal_input_gives_an_equal_report() -> None:
    scores = scores_of(np.random.default_rng(5).random((12, 4)))
    assert choose_option(scores) == choose_option(scores)


def test_the_report_is_json_with_names_for_options() -> None:
    queries = [*QUERIES, "unrated"]
    report = tune(queries, JUDGMENTS, [Depth(2), Depth(1)], rank, RR)
    data = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert (data["default"], data["chosen"]) == ("place 2", "place 1")
    assert (data["queries"], data["queries_left_out"]) == (20, 1)
    assert data["metric"] == "rr@10"
    assert data["scheme"] == {"folds": 5, "repeats": 10, "seed": 0, "rule": "best"}
    assert data["estimates"]["unrated_as_zero"]["difference"]["mean"] == pytest.approx(1 - 1 / 2)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_view_weights_are_refused(weight: float) -> None:
    scores = scores_of(np.zeros((5, 2)))
    with pytest.raises(SettingsError, match="cannot choose with view weights"):
        choose_option(scores, view_weights={UNRATED_AS_ZERO: weight})
