"""`hybrid-search evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from hybrid_search.bootstrap import open_engine, open_profile, open_service
from hybrid_search.catalog.texts import shown
from hybrid_search.cli.terminal import err, load_settings, out, print_json, progress_bar
from hybrid_search.errors import InvalidRequestError
from hybrid_search.evaluation import report as reports
from hybrid_search.evaluation.judgments import read_judgments
from hybrid_search.evaluation.metrics import parse_metrics
from hybrid_search.evaluation.runs import Run
from hybrid_search.merchandising.profile import Profile
from hybrid_search.query.request import MAX_LIMIT, SearchRequest
from hybrid_search.response import SearchResponse
from hybrid_search.search import SearchService


def evaluate(
    ratings: Annotated[Path, typer.Option(help="CSV with the columns query, product_id, rating.")],
    metrics: Annotated[
        str, typer.Option(help="Such as `ndcg@10,p@5,recall@50,rr@10`.")
    ] = "ndcg@10,p@10,recall@50,rr@10",
    profile: Annotated[
        Path | None, typer.Option(help="TOML file of a profile, instead of the configured one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the ranking against human ratings.

    Every metric is given twice: unrated products counted as irrelevant, which favours the engine
    whose results were rated, and unrated products left out, which favours every other one.
    """
    judgments = read_judgments(ratings)
    chosen = parse_metrics(metrics)
    settings = load_settings()
    ranking_profile = Profile.load(profile) if profile else open_profile(settings)
    engine = open_engine(settings)
    try:
        service = open_service(settings, engine, profile=ranking_profile)
        run = _run(service, list(judgments.queries_with_relevant))
    finally:
        engine.close()
    report = reports.evaluate(run, judgments, chosen)
    if as_json:
        print_json({"profile": ranking_profile.name, **report.as_dict()})
    else:
        out.print(reports.report_tables(report))


def _run(service: SearchService, queries: list[str]) -> Run:
    rankings: dict[str, list[str]] = {}
    degraded: set[str] = set()
    with progress_bar("searching", len(queries)) as (progress, task):
        for query in queries:
            response = _search(service, query)
            rankings[query] = [hit.product_id for hit in response.hits]
            degraded |= {f"{part.stage}: {part.reason}" for part in response.degraded}
            progress.advance(task)
    for problem in sorted(degraded):
        err.print(f"degraded {problem}", markup=False)
    return Run(rankings)


def _search(service: SearchService, query: str) -> SearchResponse:
    try:
        return service.search(SearchRequest.parse({"q": query, "limit": MAX_LIMIT}))
    except InvalidRequestError as error:
        error.add_note(f"query {shown(query)} of the ratings cannot be searched; leave it out")
        raise
