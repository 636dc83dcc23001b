"""Tuning: choosing among ranking options by judgments, and an honest estimate of the choice.

Scoring the option that all queries choose on those same queries is biased upwards. So for every
fold the queries of the other folds choose an option, which is then scored on the fold (Stone,
"Cross-validatory choice and assessment of statistical predictions", JRSS B 36(2), 1974; Varma and
Simon, "Bias in error estimation when using cross-validation for model selection", BMC
Bioinformatics 7:91, 2006). Options are taken as they are, nothing is fitted to them, so the inner
choice compares means over the remaining queries.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic

import numpy as np

from hybrid_search.errors import SettingsError
from hybrid_search.evaluation.intervals import Interval, bootstrap_difference, bootstrap_mean
from hybrid_search.evaluation.judgments import Judgments
from hybrid_search.evaluation.metrics import UNRATED_AS_ZERO, VIEWS, Metric, View
from hybrid_search.evaluation.option_scores import (
    OnProgress,
    OptionScores,
    OptionT,
    Rank,
    score_options,
)
from hybrid_search.evaluation.selection import (
    CrossValidation,
    HeldOutChoices,
    Scores,
    choose_held_out,
    select_option,
)


@dataclass(frozen=True, slots=True)
class ViewEstimate:
    """What tuning is worth, in one view of unrated products.

    The intervals cover the choice of queries; that folds share queries is not in them.

    Attributes:
        nested: the choice, measured on queries that had no part in it; a query's value is its
            mean over the repeats.
        default: the first option of the grid on the same queries.
        difference: `nested` minus `default`, paired by query.
        in_sample_mean: the finally chosen option on the queries that chose it. It flatters: of
            many options the best one on a sample is partly the luckiest.
        option_means: by option name, on all queries, in the order of the grid.
    """

    nested: Interval
    default: Interval
    difference: Interval
    in_sample_mean: float
    option_means: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TuningReport(Generic[OptionT]):
    """A choice of ranking option with its estimated quality.

    Attributes:
        view_weights: how much each view counted in the choice; they add up to 1.
        queries: those with a relevant product, on which everything was measured.
        queries_left_out: the number of queries that have none.
        default: the first option of the grid.
        chosen: the option that all queries together choose; the one to use.
        times_chosen: by option name, in how many folds of all repeats it was chosen, most often
            first. A choice that changes from fold to fold rests on few queries.
        estimates: by view.
    """

    metric: Metric
    scheme: CrossValidation
    view_weights: Mapping[View, float]
    queries: tuple[str, ...]
    queries_left_out: int
    default: OptionT
    chosen: OptionT
    times_chosen: Mapping[str, int]
    estimates: Mapping[View, ViewEstimate]

    def as_dict(self) -> dict[str, Any]:
        """Return the report with option names for options, as JSON can hold it."""
        return {
            "metric": self.metric.name,
            "scheme": asdict(self.scheme),
            "view_weights": dict(self.view_weights),
            "queries": len(self.queries),
            "queries_left_out": self.queries_left_out,
            "default": self.default.name,
            "chosen": self.chosen.name,
            "times_chosen": dict(self.times_chosen),
            "estimates": {view: asdict(estimate) for view, estimate in self.estimates.items()},
        }


def tune(
    queries: Sequence[str],
    judgments: Judgments,
    options: Sequence[OptionT],
    rank: Rank[OptionT],
    metric: Metric,
    *,
    scheme: CrossValidation | None = None,
    view_weights: Mapping[View, float] | None = None,
    on_progress: OnProgress | None = None,
) -> TuningReport[OptionT]:
    """Return the option of a grid that ranks best, with a nested cross-validated estimate.

    This is `score_options` followed by `choose_option`; the options are the default first, then
    from simple to complex.

    Raises:
        SettingsError: bad options or weights, or more folds than queries.
        JudgmentsError: no query has a relevant product.
    """
    scores = score_options(queries, judgments, options, rank, metric, on_progress=on_progress)
    return choose_option(scores, scheme=scheme, view_weights=view_weights)


def choose_option(
    scores: OptionScores[OptionT],
    *,
    scheme: CrossValidation | None = None,
    view_weights: Mapping[View, float] | None = None,
) -> TuningReport[OptionT]:
    """Return the best option by scores that are at hand, with a nested cross-validated estimate.

    The choice maximizes the weighted mean of the views, and unrated products count as irrelevant
    when no weights are given; all views are reported anyway. Of equal options the earlier wins.

    Raises:
        SettingsError: bad weights, or more folds than queries.
    """
    scheme = scheme or CrossValidation()
    weights = _normalize_weights(view_weights or {UNRATED_AS_ZERO: 1.0})
    weighted = [weight * scores.by_view[view] for view, weight in weights.items()]
    objective = np.sum(weighted, axis=0)
    held_out = choose_held_out(objective, scheme)
    chosen = select_option(objective, scheme.rule)
    names = [option.name for option in scores.options]
    times_chosen = Counter(names[column] for column in held_out.by_fold.ravel())
    return TuningReport(
        metric=scores.metric,
        scheme=scheme,
        view_weights=weights,
        queries=scores.queries,
        queries_left_out=scores.queries_left_out,
        default=scores.options[0],
        chosen=scores.options[chosen],
        times_chosen=dict(times_chosen.most_common()),
        estimates={
            view: _estimate(scores.by_view[view], held_out, chosen, names, scheme.seed)
            for view in VIEWS
        },
    )


def _estimate(
    scores: Scores, held_out: HeldOutChoices, chosen: int, names: Sequence[str], seed: int
) -> ViewEstimate:
    nested = scores[np.arange(len(scores)), held_out.by_query].mean(axis=0)
    default = scores[:, 0]
    means = [float(mean) for mean in scores.mean(axis=0)]
    generator = np.random.default_rng(seed)
    return ViewEstimate(
        nested=bootstrap_mean(nested, generator),
        default=bootstrap_mean(default, generator),
        difference=bootstrap_difference(nested, default, generator),
        in_sample_mean=means[chosen],
        option_means=dict(zip(names, means, strict=True)),
    )


def _normalize_weights(weights: Mapping[View, float]) -> dict[View, float]:
    total = sum(weights.values())
    is_known = all(view in VIEWS and weight >= 0 for view, weight in weights.items())
    if not is_known or not 0 < total < float("inf"):
        msg = f"cannot choose with view weights {dict(weights)}"
        raise SettingsError(f"{msg}; give {' or '.join(VIEWS)} a weight above 0, none below")
    return {view: weight / total for view, weight in weights.items()}
