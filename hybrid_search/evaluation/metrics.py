"""Metrics of rankings, computed by ir-measures, in two views of products that nobody rated."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from hybrid_search.errors import JudgmentsError, MissingExtraError, SettingsError, suggestion
from hybrid_search.evaluation.judgments import Judgments
from hybrid_search.evaluation.runs import Run

View = Literal["unrated_as_zero", "judged_only"]
"""How a product that nobody rated for the query counts: as irrelevant, or not at all.

The first view punishes a system for finding products that the makers of the ratings did not see;
the second forgives it whatever they did not see. The truth lies between, so both are shown.
"""

VIEWS: tuple[View, ...] = get_args(View)
UNRATED_AS_ZERO: View = "unrated_as_zero"
JUDGED_ONLY: View = "judged_only"

RELEVANT_FROM = 1
"""Least rating that binary metrics count as relevant."""

MAX_CUTOFF = 10_000

# The library takes whole ratings only; a common factor changes no linear-gain nDCG.
_STEPS_PER_RATING = 1000


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure of a ranking, such as `ndcg@10`; made by `parse_metric`.

    | name | measure |
    |---|---|
    | `ndcg`, `ndcg@K` | DCG / DCG of the ideal order, DCG = sum(rating / log2(rank + 1)) |
    | `p@K` | relevant products among the first K, divided by K |
    | `recall@K` | relevant products among the first K, divided by all relevant ones |
    | `rr`, `rr@K` | 1 / rank of the first relevant product, 0 without one |
    | `map`, `map@K` | mean precision at the ranks of relevant products, over all relevant ones |
    | `success@K` | 1 when any of the first K is relevant |
    | `judged@K` | rated products among the first K, divided by K or by the shorter list |

    nDCG (Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS
    20(4), 2002) has linear gain and the discount of trec_eval; ratings count to three decimals.
    The metrics that speak of relevant products are binary: relevant is a rating of at least
    `RELEVANT_FROM`.

    Attributes:
        kind: a name of the table, without the cutoff.
        cutoff: how many first products count; None for all.
    """

    kind: str
    cutoff: int | None = None

    @property
    def name(self) -> str:
        """The metric as people write it."""
        return self.kind if self.cutoff is None else f"{self.kind}@{self.cutoff}"


@dataclass(frozen=True, slots=True)
class _Kind:
    measure: str
    is_binary: bool = False
    needs_cutoff: bool = False


_KINDS = {
    "ndcg": _Kind("nDCG"),
    "p": _Kind("P", is_binary=True, needs_cutoff=True),
    "recall": _Kind("R", is_binary=True, needs_cutoff=True),
    "rr": _Kind("RR", is_binary=True),
    "map": _Kind("AP", is_binary=True),
    "success": _Kind("Success", is_binary=True, needs_cutoff=True),
    "judged": _Kind("Judged", needs_cutoff=True),
}

_ALIASES = {"precision": "p", "r": "recall", "mrr": "rr", "ap": "map"}


def parse_metric(text: str) -> Metric:
    """Return the metric that `text` names, such as `ndcg@10`, in any case.

    Raises:
        SettingsError: no such metric, or a cutoff that it cannot have.
    """
    kind, at, cutoff = text.strip().lower().partition("@")
    kind = _ALIASES.get(kind, kind)
    if kind not in _KINDS:
        near = suggestion(kind, [*_KINDS, *_ALIASES])
        raise SettingsError(f"unknown metric {text!r}; metrics are {_known()}{near}")
    if not at and not _KINDS[kind].needs_cutoff:
        return Metric(kind)
    is_number = cutoff.isascii() and cutoff.isdecimal() and len(cutoff) <= len(str(MAX_CUTOFF))
    if not is_number or not 1 <= int(cutoff) <= MAX_CUTOFF:
        msg = f"metric {text!r} needs a cutoff from 1 to {MAX_CUTOFF}, such as {kind}@10"
        raise SettingsError(msg)
    return Metric(kind, int(cutoff))


def parse_metrics(text: str) -> tuple[Metric, ...]:
    """Return the metrics of a list such as `ndcg@10,p@5`, in its order, each once.

    Raises:
        SettingsError: an entry is no metric.
    """
    return tuple(dict.fromkeys(parse_metric(name) for name in text.split(",")))


class MetricScorer:
    """Scores runs on one set of judgments, which are prepared once.

    Only queries with a relevant product are scored: on the others every ranking gets 0.

    Raises:
        MissingExtraError: ir-measures is not installed.
        JudgmentsError: no query has a relevant product.
        SettingsError: there are no metrics.
    """

    def __init__(self, judgments: Judgments, metrics: Sequence[Metric]) -> None:
        self.queries = judgments.queries_with_relevant
        if not self.queries:
            msg = f"none of {len(judgments.ratings)} queries has a product rated above 0"
            raise JudgmentsError(f"{msg}; at least one is needed to measure a ranking")
        if not metrics:
            raise SettingsError(f"no metric was given; name at least one of {_known()}")
        self._ratings = {query: judgments.ratings[query] for query in self.queries}
        ir_measures = _import_ir_measures()
        self._measures = {_build_measure(ir_measures, metric): metric for metric in metrics}
        self._evaluator = ir_measures.evaluator(
            list(self._measures),
            {
                query: {
                    product_id: round(rating * _STEPS_PER_RATING)
                    for product_id, rating in rated.items()
                }
                for query, rated in self._ratings.items()
            },
        )

    def score(self, run: Run, view: View) -> Mapping[Metric, Mapping[str, float]]:
        """Return the value of every metric for every query, in the order of `queries`.

        A query for which the run has no product gets 0. Rankings for other queries are ignored.
        """
        rankings = {query: self._view_ranking(run, query, view) for query in self.queries}
        scored = {
            query: {key: float(-rank) for rank, key in enumerate(product_ids)}
            for query, product_ids in rankings.items()
            if product_ids
        }
        values = {metric: dict.fromkeys(self.queries, 0.0) for metric in self._measures.values()}
        for result in self._evaluator.iter_calc(scored):
            values[self._measures[result.measure]][result.query_id] = float(result.value)
        return values

    def _view_ranking(self, run: Run, query: str, view: View) -> Sequence[str]:
        product_ids = run.rankings.get(query, ())
        if view == UNRATED_AS_ZERO:
            return product_ids
        rated = self._ratings[query]
        return [product_id for product_id in product_ids if product_id in rated]


def _build_measure(ir_measures: Any, metric: Metric) -> Any:
    kind = _KINDS[metric.kind]
    measure = getattr(ir_measures, kind.measure)
    if kind.is_binary:
        measure = measure(rel=RELEVANT_FROM * _STEPS_PER_RATING)
    return measure if metric.cutoff is None else measure @ metric.cutoff


def _import_ir_measures() -> Any:
    try:
        return importlib.import_module("ir_measures")
    except ImportError as error:
        msg = "ir-measures is not installed, and metrics need it; install hybrid_search[evaluation]"
        raise MissingExtraError(msg) from error


def _known() -> str:
    names = []
    for name, kind in _KINDS.items():
        names.extend([f"{name}@K"] if kind.needs_cutoff else [name, f"{name}@K"])
    return ", ".join(names)
