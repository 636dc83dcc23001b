"""`python -m benchmarks.relevance`: nDCG@10 of ways to rank, on one or more engines.

The engines hold the same catalogue, indexed by `hybrid-search index` with the encoder that
`HYBRID_SEARCH_TEXT_ENCODER` names.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.lexical_strength import strength_rows
from hybrid_search.bootstrap import open_encoders, open_engine, open_vocabulary
from hybrid_search.building import TEXT_VECTOR
from hybrid_search.evaluation.judgments import Judgments, read_judgments
from hybrid_search.evaluation.metrics import JUDGED_ONLY, UNRATED_AS_ZERO, parse_metrics
from hybrid_search.evaluation.report import evaluate
from hybrid_search.evaluation.runs import Run, overlap_at_k
from hybrid_search.merchandising.profile import DEFAULT_WEIGHTS, Profile
from hybrid_search.prepared_search import Preparation
from hybrid_search.query.request import MAX_LIMIT, FusionMethod, SearchRequest
from hybrid_search.ranking.candidate import LEXICAL
from hybrid_search.search import SearchService
from hybrid_search.settings import Settings
from hybrid_search.snapshots import MemorySnapshots

DEPTH = 10
WEIGHTS = (0.2, 0.3, 0.4, 0.5)


def ways() -> Mapping[str, Profile]:
    """Return the profiles that are compared."""
    return {
        "words alone (BM25, all words first)": _weighted(0.0),
        "meaning alone (exact k-NN)": _weighted(1.0),
        "reciprocal rank fusion, k = 60": _weighted(0.5, method="rrf"),
        f"default, vector weight {DEFAULT_WEIGHTS[TEXT_VECTOR]:g}": Profile(),
        **{f"vector weight {weight:g}": _weighted(weight) for weight in WEIGHTS},
    }


def main() -> None:
    """Print a row a way and a column an engine, unrated products as 0 / left out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    parser.add_argument("--ratings", type=Path, required=True)
    parser.add_argument(
        "--strength",
        action="store_true",
        help="compare readings of a match of words, for docs/decisions/lexical-strength.md",
    )
    parser.add_argument("engines", nargs="+", metavar="ENGINE_URL")
    arguments = parser.parse_args()
    judgments = read_judgments(arguments.ratings)
    settings = Settings.load()
    encoders = open_encoders(settings)
    vocabulary = open_vocabulary(settings)
    engines = [
        open_engine(settings.model_copy(update={"engine_url": url})) for url in arguments.engines
    ]
    print(f"nDCG@{DEPTH}, {len(judgments.queries_with_relevant)} queries", flush=True)
    if arguments.strength:
        for engine in engines:
            for line in strength_rows(engine, encoders, vocabulary, judgments):
                print(f"  {line}", flush=True)
    else:
        for name, profile in ways().items():
            preparation = Preparation(encoders, vocabulary, profile)
            services = [SearchService(one, preparation, MemorySnapshots()) for one in engines]
            runs = [_run(service, judgments) for service in services]
            figures = " | ".join(_figures(run, judgments) for run in runs)
            print(f"  {name:36} {figures}{_overlap(runs)}", flush=True)
    for engine in engines:
        engine.close()
    encoders.close()


def _weighted(vector_weight: float, method: FusionMethod = "convex") -> Profile:
    weights = {LEXICAL: 1 - vector_weight, TEXT_VECTOR: vector_weight}
    return Profile(weights=weights, method=method)


def _overlap(runs: Sequence[Run]) -> str:
    if len(runs) == 1:
        return ""
    return f" | overlap@{DEPTH} {overlap_at_k(runs[0], runs[1], DEPTH):.2f}"


def _run(service: SearchService, judgments: Judgments) -> Run:
    return Run(
        {
            query: [hit.product_id for hit in service.search(_request(query)).hits]
            for query in judgments.queries_with_relevant
        }
    )


def _request(query: str) -> SearchRequest:
    return SearchRequest(q=query, limit=MAX_LIMIT)


def _figures(run: Run, judgments: Judgments) -> str:
    (metric,) = parse_metrics(f"ndcg@{DEPTH}")
    report = evaluate(run, judgments, [metric])
    values = [report.result(metric, view).interval.mean for view in (UNRATED_AS_ZERO, JUDGED_ONLY)]
    return " / ".join(f"{value:.3f}" for value in values)


if __name__ == "__main__":
    main()
