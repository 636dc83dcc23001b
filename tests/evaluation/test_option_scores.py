from dataclasses import dataclass

import pytest

from hybrid_search.errors import JudgmentsError, SettingsError
from hybrid_search.evaluation.judgments import Judgments
from hybrid_search.evaluation.metrics import JUDGED_ONLY, UNRATED_AS_ZERO, parse_metric
from hybrid_search.evaluation.option_scores import score_options

RR = parse_metric("rr@10")
JUDGMENTS = Judgments({"x": {"good": 1.0}, "y": {"good": 2.0, "bad": 0.0}, "z": {"bad": 0.0}})


@dataclass(frozen=True)
class Skips:
    """Puts products that nobody rated before the good one."""

    name: str
    count: int


def rank(query: str, option: Skips) -> list[str]:
    return [*(f"{query}{number}" for number in range(option.count)), "good"]


def test_every_option_is_scored_on_every_query_in_both_views() -> None:
    options = (Skips("none", 0), Skips("one", 1), Skips("three", 3))
    scores = score_options(["y", "x"], JUDGMENTS, options, rank, RR)
    assert scores.queries == ("y", "x")
    assert scores.options == options
    assert scores.by_view[UNRATED_AS_ZERO].tolist() == [[1, 1 / 2, 1 / 4]] * 2
    assert scores.by_view[JUDGED_ONLY].tolist() == [[1, 1, 1]] * 2


def test_queries_without_a_relevant_product_are_left_out_and_counted_once() -> None:
    ranked = []

    def record(query: str, option: Skips) -> list[str]:
        ranked.append(query)
        return rank(query, option)

    queries = ["z", "x", "unrated", "x", "z"]
    scores = score_options(queries, JUDGMENTS, [Skips("none", 0)], record, RR)
    assert scores.queries == ("x",)
    assert scores.queries_left_out == 2
    assert ranked == ["x"]


def test_progress_is_told_after_each_option() -> None:
    told = []
    score_options(
        ["x"],
        JUDGMENTS,
        [Skips("none", 0), Skips("one", 1)],
        rank,
        RR,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]


def test_no_options_options_of_one_name_and_no_relevant_queries_are_refused() -> None:
    with pytest.raises(SettingsError, match="there are no options"):
        score_options(["x"], JUDGMENTS, list[Skips](), rank, RR)
    with pytest.raises(SettingsError, match="2 options are called 'a'"):
        score_options(["x"], JUDGMENTS, [Skips("a", 0), Skips("a", 1)], rank, RR)
    with pytest.raises(JudgmentsError, match="none of 2 queries"):
        score_options(["z", "unrated"], JUDGMENTS, [Skips("a", 0)], rank, RR)
