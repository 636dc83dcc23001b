import sys
from math import log2
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.errors import JudgmentsError, MissingExtraError, SettingsError
from hybrid_search.evaluation.judgments import Judgments
from hybrid_search.evaluation.metrics import (
    JUDGED_ONLY,
    UNRATED_AS_ZERO,
    VIEWS,
    Metric,
    MetricScorer,
    View,
    parse_metric,
    parse_metrics,
)
from hybrid_search.evaluation.runs import Run

ALL = parse_metrics("ndcg,ndcg@3,p@3,recall@3,rr,rr@3,map,map@3,success@3")

whole_ratings = st.dictionaries(
    st.sampled_from("abcdefgh"), st.integers(0, 3).map(float), min_size=1
).filter(lambda rated: any(rated.values()))
tenths = st.dictionaries(
    st.sampled_from("abcdefgh"), st.integers(0, 30).map(lambda tenth: tenth / 10), min_size=1
).filter(lambda rated: any(rated.values()))
orders = st.permutations("abcdefghxyz")


def score(
    metric: str, rated: dict[str, float], ranking: str, view: View = UNRATED_AS_ZERO
) -> float:
    parsed = parse_metric(metric)
    scorer = MetricScorer(Judgments({"a query": rated}), [parsed])
    return scorer.score(Run({"a query": tuple(ranking)}), view)[parsed]["a query"]


def dcg(gains: list[float]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))


RATED = {"a": 3.0, "b": 1.0, "c": 0.0, "d": 2.0}


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("ndcg@3", (3 / log2(3)) / (3 / log2(2) + 2 / log2(3) + 1 / log2(4))),
        ("ndcg", (3 / log2(3) + 1 / log2(5)) / (3 / log2(2) + 2 / log2(3) + 1 / log2(4))),
        ("p@2", 1 / 2),
        ("p@10", 2 / 10),
        ("recall@3", 1 / 3),
        ("recall@4", 2 / 3),
        ("rr", 1 / 2),
        ("rr@1", 0),
        ("rr@2", 1 / 2),
        ("map", (1 / 2 + 2 / 4) / 3),
        ("map@3", (1 / 2) / 3),
        ("success@1", 0),
        ("success@2", 1),
        ("judged@2", 1 / 2),
        ("judged@10", 3 / 4),
    ],
)
def test_unrated_products_count_as_irrelevant_in_the_first_view(
    metric: str, expected: float
) -> None:
    assert score(metric, RATED, "xacb") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("ndcg@3", (3 / log2(2) + 1 / log2(4)) / (3 / log2(2) + 2 / log2(3) + 1 / log2(4))),
        ("p@2", 1 / 2),
        ("recall@3", 2 / 3),
        ("rr@1", 1),
        ("map", (1 / 1 + 2 / 3) / 3),
        ("judged@10", 1),
    ],
)
def test_unrated_products_are_dropped_before_ranks_count_in_the_second_view(
    metric: str, expected: float
) -> None:
    assert score(metric, RATED, "xacb", JUDGED_ONLY) == pytest.approx(expected)


@given(whole_ratings | tenths, orders, st.integers(1, 12))
def test_ndcg_has_linear_gain(rated: dict[str, float], order: list[str], k: int) -> None:
    gains = [rated.get(product_id, 0) for product_id in order[:k]]
    ideal = sorted(rated.values(), reverse=True)[:k]
    expected = dcg(gains) / dcg(ideal)
    assert score(f"ndcg@{k}", rated, "".join(order)) == pytest.approx(expected)


@given(whole_ratings)
def test_the_ideal_order_has_an_ndcg_of_1(rated: dict[str, float]) -> None:
    ideal = sorted(rated, key=lambda product_id: -rated[product_id])
    for view in VIEWS:
        assert score("ndcg@5", rated, "".join(ideal), view) == pytest.approx(1)


@given(whole_ratings, orders, st.randoms(use_true_random=False))
def test_the_order_of_unrated_products_at_the_end_changes_nothing(
    rated: dict[str, float], order: list[str], random: Random
) -> None:
    head = [product_id for product_id in order if product_id in rated]
    tail = [product_id for product_id in order if product_id not in rated]
    shuffled = random.sample(tail, len(tail))
    scorer = MetricScorer(Judgments({"q": rated}), ALL)
    for view in VIEWS:
        before = scorer.score(Run({"q": (*head, *tail)}), view)
        assert scorer.score(Run({"q": (*head, *shuffled)}), view) == before


@given(whole_ratings, orders)
def test_the_views_agree_when_every_ranked_product_is_rated(
    rated: dict[str, float], order: list[str]
) -> None:
    run = Run({"q": tuple(product_id for product_id in order if product_id in rated)})
    scorer = MetricScorer(Judgments({"q": rated}), ALL)
    assert scorer.score(run, UNRATED_AS_ZERO) == scorer.score(run, JUDGED_ONLY)


@given(whole_ratings | tenths, orders)
def test_every_metric_is_within_0_and_1(rated: dict[str, float], order: list[str]) -> None:
    scorer = MetricScorer(Judgments({"q": rated}), ALL)
    for view in VIEWS:
        for by_query in scorer.score(Run({"q": tuple(order)}), view).values():
            assert 0 <= by_query["q"] <= 1 + 1e-12


def test_relevant_means_a_rating_of_at_least_1_also_with_fractions() -> None:
    rated = {"a": 0.9, "b": 1.0, "c": 2.5}
    assert score("p@2", rated, "ab") == 1 / 2
    assert score("recall@3", rated, "ab") == 1 / 2
    assert score("rr@5", rated, "abc") == 1 / 2


def test_a_long_ranking_keeps_its_order() -> None:
    ranking = tuple(str(number) for number in range(5000))
    metric = parse_metric("rr")
    scorer = MetricScorer(Judgments({"q": {"4999": 1.0}}), [metric])
    assert scorer.score(Run({"q": ranking}), UNRATED_AS_ZERO)[metric]["q"] == 1 / 5000


def test_only_queries_with_a_relevant_product_are_scored_and_a_missing_one_gets_0() -> None:
    judgments = Judgments({"x": {"a": 1.0}, "none": {"a": 0.0}, "y": {"a": 2.0}})
    metrics = [*ALL, parse_metric("judged@5")]
    run = Run({"y": ("b",), "none": ("a",), "unrated": ("a",)})
    for view in VIEWS:
        values = MetricScorer(judgments, metrics).score(run, view)
        assert list(values) == metrics
        for by_query in list(values.values())[:-1]:
            assert list(by_query.items()) == [("x", 0), ("y", 0)]


def test_queries_and_products_may_hold_any_characters() -> None:
    metric = parse_metric("rr@5")
    judgments = Judgments({"größe 40,\n'rot'": {"id with spaces é": 1.0}})
    run = Run({"größe 40,\n'rot'": ("id", "id with spaces é")})
    values = MetricScorer(judgments, [metric]).score(run, UNRATED_AS_ZERO)
    assert values[metric] == {"größe 40,\n'rot'": 1 / 2}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nDCG@10", "ndcg@10"),
        (" P@5 ", "p@5"),
        ("Precision@5", "p@5"),
        ("R@50", "recall@50"),
        ("recall@50", "recall@50"),
        ("MRR@10", "rr@10"),
        ("rr", "rr"),
        ("MAP", "map"),
        ("ap@100", "map@100"),
        ("success@010", "success@10"),
    ],
)
def test_metrics_are_named_in_any_case_and_by_their_other_names(text: str, name: str) -> None:
    assert parse_metric(text).name == name


def test_an_unknown_metric_is_refused_with_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"'ndgc@10'; .* ndcg@K, p@K, .*did you mean 'ndcg'\?"):
        parse_metric("ndgc@10")


@pytest.mark.parametrize(
    "text", ["p", "recall", "judged", "p@", "ndcg@", "ndcg@0", "p@-1", "p@5.0", "p@²", "p@10001"]
)
def test_an_impossible_cutoff_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=f"metric '{text}' needs a cutoff from 1 to 10000"):
        parse_metric(text)


def test_a_list_of_metrics_keeps_its_order_and_drops_repetitions() -> None:
    assert parse_metrics("p@5, ndcg@10,P@5") == (Metric("p", 5), Metric("ndcg", 10))


def test_judgments_without_a_relevant_product_are_refused() -> None:
    with pytest.raises(JudgmentsError, match="none of 1 queries has a product rated above 0"):
        MetricScorer(Judgments({"x": {"a": 0.0}}), ALL)


def test_a_scorer_needs_a_metric() -> None:
    with pytest.raises(SettingsError, match="no metric was given"):
        MetricScorer(Judgments({"x": {"a": 1.0}}), [])


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(MissingExtraError, match=r"install hybrid_search\[evaluation\]"):
        MetricScorer(Judgments({"x": {"a": 1.0}}), ALL)
