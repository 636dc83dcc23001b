"""The evaluation report: metrics of one run with intervals, as data, as JSON and as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.console import Group
from rich.table import Table
from rich.text import Text

from hybrid_search.evaluation.intervals import LEVEL, Interval, bootstrap_mean
from hybrid_search.evaluation.judgments import Judgments
from hybrid_search.evaluation.metrics import (
    JUDGED_ONLY,
    UNRATED_AS_ZERO,
    VIEWS,
    Metric,
    MetricScorer,
    View,
)
from hybrid_search.evaluation.runs import Run

WORST_QUERIES = 10

_VIEW_TITLES: Mapping[View, str] = {
    UNRATED_AS_ZERO: "unrated as 0",
    JUDGED_ONLY: "judged only",
}


@dataclass(frozen=True, slots=True)
class MetricResult:
    """One metric in one view of unrated products.

    Attributes:
        interval: the mean over queries with its interval.
        by_query: the value of each query that counts.
    """

    metric: Metric
    view: View
    interval: Interval
    by_query: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class QueryCounts:
    """How many queries a report stands on.

    Attributes:
        with_relevant: have a relevant product; the means are over these.
        without_relevant: rated, but every rated product is irrelevant; left out of the means.
        without_products: of those with a relevant product, how many the run found nothing for;
            they count as 0.
        unrated: in the run, but without any rating; left out.
    """

    with_relevant: int
    without_relevant: int
    without_products: int
    unrated: int


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """How good one run is.

    Attributes:
        results: each metric in each view, in the order of the metrics.
    """

    counts: QueryCounts
    results: tuple[MetricResult, ...]

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics, in the order in which they were asked for."""
        return tuple(dict.fromkeys(result.metric for result in self.results))

    def result(self, metric: Metric, view: View) -> MetricResult:
        """Return the result of a metric of this report in one view."""
        return next(
            result for result in self.results if (result.metric, result.view) == (metric, view)
        )

    def worst_queries(self, limit: int = WORST_QUERIES) -> tuple[str, ...]:
        """Return the queries with the least value of the first metric, unrated as 0.

        Equal ones by the judged-only value, then by text.
        """
        first, second = (self.result(self.metrics[0], view).by_query for view in VIEWS)
        return tuple(sorted(first, key=lambda query: (first[query], second[query], query))[:limit])

    def as_dict(self) -> dict[str, Any]:
        """Return the whole report, with the value of every query, as JSON can hold it."""
        return {
            "queries": asdict(self.counts),
            "level": LEVEL,
            "metrics": {
                metric.name: {view: asdict(self.result(metric, view).interval) for view in VIEWS}
                for metric in self.metrics
            },
            "by_query": {
                query: {
                    metric.name: {view: self.result(metric, view).by_query[query] for view in VIEWS}
                    for metric in self.metrics
                }
                for query in self.results[0].by_query
            },
            "worst_queries": list(self.worst_queries()),
        }


def evaluate(
    run: Run, judgments: Judgments, metrics: Sequence[Metric], *, seed: int = 0
) -> EvaluationReport:
    """Return each metric of a run in both views, with bootstrap intervals over the queries.

    The seed fixes the bootstrap: equal input gives an equal report.

    Raises:
        MissingExtraError: ir-measures is not installed.
        JudgmentsError: no query has a relevant product.
        SettingsError: there are no metrics.
    """
    scorer = MetricScorer(judgments, metrics)
    generator = np.random.default_rng(seed)
    values = {view: scorer.score(run, view) for view in VIEWS}
    results = []
    for metric in dict.fromkeys(metrics):
        for view in VIEWS:
            by_query = values[view][metric]
            interval = bootstrap_mean(list(by_query.values()), generator)
            results.append(MetricResult(metric, view, interval, by_query))
    return EvaluationReport(_count_queries(run, judgments), tuple(results))


def report_tables(report: EvaluationReport) -> Group:
    """Return the report for a terminal: a table of metrics and one of the worst queries."""
    return Group(_metrics_table(report), _counts_text(report.counts), _worst_table(report))


def _count_queries(run: Run, judgments: Judgments) -> QueryCounts:
    with_relevant = judgments.queries_with_relevant
    return QueryCounts(
        with_relevant=len(with_relevant),
        without_relevant=len(judgments.queries_without_relevant),
        without_products=sum(not run.rankings.get(query) for query in with_relevant),
        unrated=len(run.rankings.keys() - judgments.ratings.keys()),
    )


def _metrics_table(report: EvaluationReport) -> Table:
    table = Table("metric")
    for view in VIEWS:
        table.add_column(_VIEW_TITLES[view], justify="right")
        table.add_column(f"{LEVEL:.0%} interval", justify="right")
    for metric in report.metrics:
        cells = []
        for view in VIEWS:
            interval = report.result(metric, view).interval
            cells += [f"{interval.mean:.3f}", f"{interval.lower:.3f} to {interval.upper:.3f}"]
        table.add_row(metric.name, *cells)
    return table


def _counts_text(counts: QueryCounts) -> Text:
    lines = [f"queries with a relevant product: {counts.with_relevant}"]
    if counts.without_relevant:
        lines.append(f"queries without one, left out: {counts.without_relevant}")
    if counts.without_products:
        lines.append(f"queries that found nothing, counted as 0: {counts.without_products}")
    if counts.unrated:
        lines.append(f"queries without ratings, left out: {counts.unrated}")
    return Text("\n".join(lines))


def _worst_table(report: EvaluationReport) -> Table:
    metric = report.metrics[0]
    table = Table(f"lowest {metric.name}")
    for view in VIEWS:
        table.add_column(_VIEW_TITLES[view], justify="right")
    for query in report.worst_queries():
        values = (report.result(metric, view).by_query[query] for view in VIEWS)
        # Text, because square brackets in a query would be read as markup.
        table.add_row(Text(query), *(f"{value:.3f}" for value in values))
    return table
