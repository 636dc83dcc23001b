"""Made-up candidates for ranking tests."""

from hypothesis import strategies as st

from hybrid_search.query.request import Boost
from hybrid_search.ranking.candidate import Candidate, CandidateSet, LexicalScore
from hybrid_search.ranking.fusion import FUSION_METHODS, FusionOptions
from hybrid_search.ranking.normalization import NORMALIZATIONS
from hybrid_search.ranking.rank import RankingOptions

VECTOR_SIGNALS = ("image_vector", "text_vector")
BRANDS = ("Acme", "Blue", "Coco")


def candidate(
    product_id: str,
    bm25_score: float | None = None,
    *,
    has_all_terms: bool = False,
    group_id: str | None = None,
    brand: str | None = None,
    **cosines: float,
) -> Candidate:
    lexical = None if bm25_score is None else LexicalScore(bm25_score, has_all_terms)
    values = {"brand": (brand,)} if brand else {}
    return Candidate(product_id, group_id or product_id, lexical, cosines, values)


def candidate_set(*candidates: Candidate, unled: tuple[str, ...] = ()) -> CandidateSet:
    """Put the candidates in legs by their scores; `unled` ones were found by boosts only."""
    by_id = {one.product_id: one for one in candidates}
    led = [one for one in candidates if one.product_id not in unled]
    signals = {name for one in candidates for name in one.cosine_similarities}
    legs = {
        name: tuple(one.product_id for one in led if name in one.cosine_similarities)
        for name in sorted(signals)
    }
    legs["lexical"] = tuple(
        one.product_id for one in led if one.lexical and one.lexical.bm25_score > 0
    )
    return CandidateSet(by_id, legs)


scores = st.floats(0, 50, allow_nan=False, width=32)
cosines = st.floats(-1, 1, allow_nan=False, width=32)


@st.composite
def candidate_sets(draw: st.DrawFn) -> CandidateSet:
    has_words = draw(st.booleans())
    ids = draw(st.lists(st.text("abc012", min_size=1, max_size=4), min_size=1, unique=True))
    found = [
        candidate(
            product_id,
            draw(scores) if has_words else None,
            has_all_terms=draw(st.booleans()),
            group_id=draw(st.sampled_from(["g1", "g2", product_id])),
            brand=draw(st.sampled_from([*BRANDS, None])),
            **{name: draw(cosines) for name in VECTOR_SIGNALS if draw(st.booleans())},
        )
        for product_id in ids
    ]
    unled = draw(st.lists(st.sampled_from(ids), unique=True))
    return candidate_set(*found, unled=tuple(unled))


boosts = st.builds(
    Boost,
    field=st.just("brand"),
    value=st.sampled_from(BRANDS),
    factor=st.floats(0.01, 100, allow_nan=False),
)


@st.composite
def ranking_options(draw: st.DrawFn) -> RankingOptions:
    weights = {name: draw(st.floats(0.01, 5)) for name in ("lexical", *VECTOR_SIGNALS)}
    fusion = FusionOptions(
        draw(st.sampled_from(sorted(FUSION_METHODS))),
        weights,
        draw(st.sampled_from(sorted(NORMALIZATIONS))),
        draw(st.integers(1, 100)),
        {},
    )
    return RankingOptions(
        fusion,
        window=draw(st.integers(1, 20)),
        boosts=tuple(draw(st.lists(boosts, max_size=3))),
        is_collapsed=draw(st.booleans()),
    )


def options(
    method: str = "convex",
    *,
    normalization: str = "theoretical",
    window: int = 100,
    boosts: tuple[Boost, ...] = (),
    is_collapsed: bool = False,
    **weights: float,
) -> RankingOptions:
    fusion = FusionOptions(
        method, weights or {"lexical": 0.6, "text_vector": 0.4}, normalization, 60, {}
    )
    return RankingOptions(fusion, window, boosts, is_collapsed)
