"""Scoring every option of a grid on every query, once: the costly half of tuning."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from hybrid_search.errors import SettingsError
from hybrid_search.evaluation.judgments import Judgments
from hybrid_search.evaluation.metrics import VIEWS, Metric, MetricScorer, View
from hybrid_search.evaluation.runs import Run
from hybrid_search.evaluation.selection import Scores


class Option(Protocol):
    """One way to rank, such as a frozen set of weights; its name is unique in the grid."""

    @property
    def name(self) -> str:
        """What reports call it."""


OptionT = TypeVar("OptionT", bound=Option)

Rank = Callable[[str, OptionT], Sequence[str]]
"""Returns product ids for a query under an option, best first; it should not retrieve anew."""

OnProgress = Callable[[int, int], None]
"""Called after each option with the number of options that are done and of all."""


@dataclass(frozen=True, slots=True)
class OptionScores(Generic[OptionT]):
    """What a metric says of every option on every query.

    Attributes:
        options: the default first, then from simple to complex.
        queries: those with a relevant product; the rows of the scores.
        queries_left_out: the number of queries that were asked for and have none.
        by_view: shape `(queries, options)`.
    """

    metric: Metric
    options: tuple[OptionT, ...]
    queries: tuple[str, ...]
    queries_left_out: int
    by_view: Mapping[View, Scores]


def score_options(
    queries: Sequence[str],
    judgments: Judgments,
    options: Sequence[OptionT],
    rank: Rank[OptionT],
    metric: Metric,
    *,
    on_progress: OnProgress | None = None,
) -> OptionScores[OptionT]:
    """Return the metric of every option on every query that has a relevant product.

    `rank` is called once for each pair, with all queries of an option before the next option.

    Raises:
        SettingsError: no options, or several of one name.
        JudgmentsError: no query has a relevant product.
    """
    _check_names(options)
    asked = tuple(dict.fromkeys(queries))
    rated = Judgments({query: judgments.ratings.get(query, {}) for query in asked})
    scorer = MetricScorer(rated, [metric])
    by_view = {view: np.empty((len(scorer.queries), len(options))) for view in VIEWS}
    for column, option in enumerate(options):
        run = Run({query: tuple(rank(query, option)) for query in scorer.queries})
        for view in VIEWS:
            by_view[view][:, column] = list(scorer.score(run, view)[metric].values())
        if on_progress is not None:
            on_progress(column + 1, len(options))
    left_out = len(asked) - len(scorer.queries)
    return OptionScores(metric, tuple(options), scorer.queries, left_out, by_view)


def _check_names(options: Sequence[Option]) -> None:
    if not options:
        raise SettingsError("there are no options to choose from; give at least the default")
    name, times = Counter(option.name for option in options).most_common(1)[0]
    if times > 1:
        raise SettingsError(f"{times} options are called {name!r}; give each a name of its own")
