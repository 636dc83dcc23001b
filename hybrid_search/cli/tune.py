"""`hybrid-search tune`."""

from pathlib import Path
from typing import Annotated

import tomli_w
import typer
from rich.table import Table

from hybrid_search.bootstrap import open_encoders, open_engine, open_profile, open_vocabulary
from hybrid_search.cli.terminal import load_settings, out, print_json, print_whole, progress_bar
from hybrid_search.evaluation import tuning
from hybrid_search.evaluation.intervals import Interval
from hybrid_search.evaluation.judgments import Judgments, read_judgments
from hybrid_search.evaluation.metrics import VIEWS, Metric, parse_metrics
from hybrid_search.evaluation.profile_grid import NamedProfile, ProfileRanker, profile_grid
from hybrid_search.evaluation.selection import CrossValidation

DEPTH = 100


def tune(
    ratings: Annotated[Path, typer.Option(help="CSV with the columns query, product_id, rating.")],
    metric: Annotated[str, typer.Option(help="What to maximize.")] = "ndcg@10",
    output: Annotated[
        Path | None, typer.Option(help="TOML file to write the chosen profile to.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Choose a profile by human ratings, and say what the choice is worth.

    The configured profile is compared with its neighbours. What the choice is worth is estimated
    by nested cross-validation: each query is ranked by a profile that others chose. The mean of
    both views of unrated products decides, and a neighbour has to be better by more than one
    standard error, or the configured profile stays.
    """
    report = _tune(read_judgments(ratings), parse_metrics(metric)[0])
    if output is not None:
        chosen = report.chosen.profile.model_dump(exclude_none=True)
        output.write_text(tomli_w.dumps(chosen), encoding="utf-8")
    if as_json:
        print_json(report.as_dict())
        return
    _print_report(report)
    if output is not None:
        out.print(f"{output} holds the chosen profile; use it with HYBRID_SEARCH_PROFILE")


def _tune(judgments: Judgments, metric: Metric) -> tuning.TuningReport[NamedProfile]:
    settings = load_settings()
    engine = open_engine(settings)
    encoders = open_encoders(settings)
    try:
        generation = engine.live_generation()
        encoders.check(generation)
        ranker = ProfileRanker(engine, generation, encoders, open_vocabulary(settings), DEPTH)
        queries = list(judgments.queries_with_relevant)
        with progress_bar("ranking", None) as (progress, task):
            return tuning.tune(
                queries,
                judgments,
                profile_grid(open_profile(settings)),
                ranker.rank,
                metric,
                scheme=CrossValidation(rule="one_standard_error"),
                view_weights=dict.fromkeys(VIEWS, 1.0),
                on_progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
    finally:
        encoders.close()
        engine.close()


def _print_report(report: tuning.TuningReport[NamedProfile]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(report.metric.name)
    for heading in (
        "configured profile",
        "chosen by other queries (nested)",
        "difference",
        "in sample",
    ):
        table.add_column(heading, justify="right")
    for view in VIEWS:
        estimate = report.estimates[view]
        table.add_row(
            view.replace("_", " "),
            _shown(estimate.default),
            _shown(estimate.nested),
            _shown(estimate.difference, sign="+"),
            f"{estimate.in_sample_mean:.3f}",
        )
    print_whole(table)
    out.print(f"chosen on all {len(report.queries)} queries: {report.chosen.name}", markup=False)
    folds = sum(report.times_chosen.values())
    often = list(report.times_chosen.items())[:3]
    text = "; ".join(f"{name} ({count} of {folds})" for name, count in often)
    out.print(f"most often chosen while a query was held out: {text}", markup=False)


def _shown(interval: Interval, sign: str = "") -> str:
    middle = format(interval.mean, f"{sign}.3f")
    return f"{middle} [{interval.lower:{sign}.3f}, {interval.upper:{sign}.3f}]".replace("[", "\\[")
