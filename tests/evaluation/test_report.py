import json
from io import StringIO

import pytest
from rich.console import Console

from hybrid_search.errors import JudgmentsError, SettingsError
from hybrid_search.evaluation.judgments import Judgments
from hybrid_search.evaluation.metrics import (
    JUDGED_ONLY,
    UNRATED_AS_ZERO,
    parse_metric,
    parse_metrics,
)
from hybrid_search.evaluation.report import EvaluationReport, evaluate, report_tables
from hybrid_search.evaluation.runs import Run

RR, P2 = parse_metrics("rr@5,p@2")
JUDGMENTS = Judgments(
    {
        "[red] dress": {"a": 1.0, "b": 0.0},
        "boots": {"a": 3.0},
        "coat": {"c": 1.0},
        "hat": {"d": 1.0},
        "nothing fits": {"a": 0.0},
    }
)
RUN = Run(
    {
        "[red] dress": ("x", "b", "a"),
        "boots": ("a",),
        "coat": (),
        "hat": ("e",),
        "nothing fits": ("a",),
        "unrated": ("a",),
    }
)


@pytest.fixture(scope="module")
def report() -> EvaluationReport:
    return evaluate(RUN, JUDGMENTS, [RR, P2])


def test_means_are_over_the_queries_with_a_relevant_product(report: EvaluationReport) -> None:
    assert report.result(RR, UNRATED_AS_ZERO).by_query == {
        "[red] dress": pytest.approx(1 / 3),
        "boots": 1,
        "coat": 0,
        "hat": 0,
    }
    assert report.result(RR, UNRATED_AS_ZERO).interval.mean == pytest.approx((1 / 3 + 1) / 4)
    assert report.result(RR, JUDGED_ONLY).interval.mean == pytest.approx((1 / 2 + 1) / 4)
    assert report.result(P2, UNRATED_AS_ZERO).interval.mean == pytest.approx((0 + 1 / 2) / 4)
    assert report.result(P2, JUDGED_ONLY).interval.mean == pytest.approx((1 / 2 + 1 / 2) / 4)


def test_every_kind_of_query_is_counted(report: EvaluationReport) -> None:
    assert report.counts.with_relevant == 4
    assert report.counts.without_relevant == 1
    assert report.counts.without_products == 1
    assert report.counts.unrated == 1


def test_the_worst_queries_come_first_and_ties_are_ordered_by_text(
    report: EvaluationReport,
) -> None:
    assert report.worst_queries() == ("coat", "hat", "[red] dress", "boots")
    assert report.worst_queries(1) == ("coat",)


def test_equally_bad_queries_are_ordered_by_the_judged_only_value() -> None:
    rated = {"good": 1.0, "bad": 0.0}
    run = Run({"a": ("unrated", "good"), "b": ("bad", "good")})
    report = evaluate(run, Judgments({"a": rated, "b": rated}), [RR])
    assert report.worst_queries() == ("b", "a")


def test_the_dictionary_is_json_and_holds_every_query(report: EvaluationReport) -> None:
    data = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert data["queries"] == {
        "with_relevant": 4,
        "without_relevant": 1,
        "without_products": 1,
        "unrated": 1,
    }
    assert list(data["metrics"]) == ["rr@5", "p@2"]
    interval = data["metrics"]["rr@5"]["unrated_as_zero"]
    assert interval["mean"] == pytest.approx((1 / 3 + 1) / 4)
    assert interval["lower"] < interval["mean"] < interval["upper"]
    assert data["by_query"]["boots"] == {
        "rr@5": {"unrated_as_zero": 1, "judged_only": 1},
        "p@2": {"unrated_as_zero": 0.5, "judged_only": 0.5},
    }
    assert data["worst_queries"] == ["coat", "hat", "[red] dress", "boots"]


def test_the_tables_show_both_views_counts_and_queries_as_they_were_typed(
    report: EvaluationReport,
) -> None:
    console = Console(file=StringIO(), width=100)
    with console.capture() as capture:
        console.print(report_tables(report))
    shown = capture.get()
    interval = report.result(RR, JUDGED_ONLY).interval
    row = next(line for line in shown.splitlines() if "rr@5" in line)
    assert f"{(1 / 3 + 1) / 4:.3f}" in row
    assert f"{(1 / 2 + 1) / 4:.3f}" in row
    assert f"{interval.lower:.3f} to {interval.upper:.3f}" in row
    assert "[red] dress" in shown
    assert "queries with a relevant product: 4" in shown
    assert "queries without one, left out: 1" in shown
    assert "queries that found nothing, counted as 0: 1" in shown
    assert "queries without ratings, left out: 1" in shown


def test_equal_input_gives_an_equal_report_and_the_seed_moves_only_intervals() -> None:
    first, again = (evaluate(RUN, JUDGMENTS, [RR]) for _ in range(2))
    assert first == again
    other = evaluate(RUN, JUDGMENTS, [RR], seed=1)
    assert other.results[0].by_query == first.results[0].by_query


def test_a_metric_that_is_asked_for_twice_is_reported_once() -> None:
    report = evaluate(RUN, JUDGMENTS, [RR, parse_metric("MRR@5")])
    assert [(result.metric, result.view) for result in report.results] == [
        (RR, UNRATED_AS_ZERO),
        (RR, JUDGED_ONLY),
    ]


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(JudgmentsError, match="none of 1 queries"):
        evaluate(RUN, Judgments({"x": {"a": 0.0}}), [RR])
    with pytest.raises(SettingsError, match="no metric was given"):
        evaluate(RUN, JUDGMENTS, [])
