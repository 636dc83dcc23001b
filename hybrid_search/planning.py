"""From a request to plans: pure functions between what was asked and what engines are told."""

from collections.abc import Mapping, Sequence

from hybrid_search.analysis.terms import LexicalQuery
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.texts import shown
from hybrid_search.engines.port import (
    FacetRequest,
    Generation,
    PagePlan,
    ResultSet,
    RetrievalPlan,
    SortOrder,
    Vector,
    VectorClause,
)
from hybrid_search.errors import InvalidRequestError, suggestion
from hybrid_search.merchandising.profile import Profile
from hybrid_search.query.checked_filters import checked_filters
from hybrid_search.query.fields import FieldCatalog
from hybrid_search.query.filters import Filter, TermsFilter
from hybrid_search.query.request import MAX_BOOSTS, Boost, HybridOptions, SearchRequest
from hybrid_search.ranking.candidate import LEXICAL
from hybrid_search.ranking.fusion import COSINE_BOUNDS, FusionOptions
from hybrid_search.ranking.rank import DIVERSITY_FIELDS, RankingOptions

_NEUTRAL = 1.0


def check_request(
    request: SearchRequest, generation: Generation, *, is_ranked: bool
) -> tuple[Filter, ...]:
    """Check a request against the index and return its filters as engines take them.

    Raises:
        UnknownFieldError: it names a field that does not exist.
        InvalidRequestError: a field cannot be used that way, an option belongs to the other kind
            of answer (ranked or not), or a weight to no signal.
    """
    catalog = FieldCatalog(generation.attributes)
    filters = checked_filters(request.filters, catalog)
    _check_fields(request, catalog)
    _check_options(request, is_ranked=is_ranked)
    signals = [LEXICAL, *(one.name for one in generation.vector_fields)]
    for signal in request.hybrid.weights or ():
        if signal not in signals:
            raise InvalidRequestError(
                f"hybrid.weights: this index has no signal {shown(signal)}; "
                f"signals: {', '.join(signals)}{suggestion(signal, signals)}"
            )
    return filters


def with_words(profile: Profile) -> Profile:
    """Return the profile with words that count, for when the vectors of a query are missing."""
    if profile.weights.get(LEXICAL, 0.0) > 0:
        return profile
    return profile.with_options(HybridOptions(weights={LEXICAL: 1.0}))


def check_similar(request: SearchRequest) -> None:
    """Check that a request for similar products leaves words and order to the product.

    Raises:
        InvalidRequestError: it has `q` or `sort`.
    """
    for name in ("q", "sort"):
        if getattr(request, name):
            msg = f"{name}: similar products are found by the product alone; leave {name} out"
            raise InvalidRequestError(msg)


def itself_and_variants(product: Product) -> tuple[Filter, ...]:
    """Return what hides a product and the variants of its style."""
    group_id = product.group_id
    return (TermsFilter("id", (product.id, group_id)), TermsFilter("style_id", (group_id,)))


def vector_clauses(
    vectors: Mapping[str, Vector], generation: Generation, kind: str
) -> tuple[VectorClause, ...]:
    """Return a clause for each vector field that has a query vector.

    Args:
        vectors: query vectors by field name.
        generation: whose fields they search.
        kind: of query; chooses the floor that was calibrated for it.
    """
    return tuple(
        VectorClause(one, vectors[one.name], one.bounds.get(kind, COSINE_BOUNDS).floor)
        for one in generation.vector_fields
        if one.name in vectors
    )


def result_set(
    lexical: LexicalQuery | None,
    clauses: tuple[VectorClause, ...],
    profile: Profile,
    filters: tuple[Filter, ...],
    hidden: tuple[Filter, ...] = (),
) -> ResultSet:
    """Return which products are results; words that weigh nothing find none beside vectors."""
    if clauses and profile.weights.get(LEXICAL, 0.0) <= 0:
        lexical = None
    return ResultSet(lexical, clauses, filters, hidden)


def all_boosts(request: SearchRequest, profile: Profile) -> tuple[Boost, ...]:
    """Return the profile's boosts and then the request's.

    Raises:
        InvalidRequestError: together they are too many.
    """
    boosts = (*profile.boosts, *request.boosts)
    if len(boosts) > MAX_BOOSTS:
        msg = f"boosts: profile and request have {len(boosts)} together; at most {MAX_BOOSTS}"
        raise InvalidRequestError(msg)
    return boosts


def retrieval_plan(
    results: ResultSet, boosts: Sequence[Boost], profile: Profile, request: SearchRequest
) -> RetrievalPlan:
    """Return what to retrieve: a leg per signal, and legs for values boosted above 1."""
    raised = [
        TermsFilter(boost.field, (boost.value,)) for boost in boosts if boost.factor > _NEUTRAL
    ]
    needed = [boost.field for boost in boosts]
    if request.diversity or profile.diversity:
        needed += DIVERSITY_FIELDS
    return RetrievalPlan(
        results, profile.window, tuple(dict.fromkeys(raised)), tuple(dict.fromkeys(needed))
    )


def ranking_options(
    results: ResultSet,
    boosts: Sequence[Boost],
    profile: Profile,
    request: SearchRequest,
    kind: str,
) -> RankingOptions:
    """Return how to rank what was retrieved for that kind of query.

    Raises:
        InvalidRequestError: every signal of the search weighs 0.
    """
    signals = [clause.field.name for clause in results.vectors]
    if results.lexical is not None:
        signals.insert(0, LEXICAL)
    if not any(profile.weights.get(signal, 0.0) > 0 for signal in signals):
        msg = f"hybrid.weights: every signal of this search weighs 0: {', '.join(signals)}"
        raise InvalidRequestError(msg)
    bounds = {
        clause.field.name: clause.field.bounds.get(kind, COSINE_BOUNDS)
        for clause in results.vectors
    }
    fusion = FusionOptions(
        profile.method, profile.weights, profile.normalization, profile.rank_constant, bounds
    )
    return RankingOptions(
        fusion,
        profile.window,
        tuple(boosts),
        is_collapsed=request.collapse,
        diversity=request.diversity or profile.diversity,
    )


def page_plan(request: SearchRequest, results: ResultSet, product_ids: Sequence[str]) -> PagePlan:
    """Return the page that shows these products of a ranking."""
    return PagePlan(
        results, tuple(product_ids), facet_requests(request), is_collapsed=request.collapse
    )


def list_plan(
    request: SearchRequest, results: ResultSet, after: tuple[str | float | None, ...]
) -> PagePlan:
    """Return the next page of a list that the engine orders by a field."""
    sort = SortOrder(request.sort.field, request.sort.order == "desc") if request.sort else None
    return PagePlan(
        results,
        facets=facet_requests(request),
        sort=sort,
        after=after,
        limit=request.limit,
        is_collapsed=request.collapse,
    )


def facet_requests(request: SearchRequest) -> tuple[FacetRequest, ...]:
    """Return the facets that a request wants counted, each once."""
    return tuple(FacetRequest(field, request.facet_size) for field in dict.fromkeys(request.facets))


def profile_problems(profile: Profile, generation: Generation) -> tuple[str, ...]:
    """Return what of a profile has no effect on an index, such as a boost of a missing field."""
    catalog = FieldCatalog(generation.attributes)
    problems = []
    for boost in profile.boosts:
        try:
            _check_boost(boost, catalog)
        except InvalidRequestError as error:
            problems.append(f"profile {profile.name!r}: {error}")
    return tuple(problems)


def _check_boost(boost: Boost, catalog: FieldCatalog) -> None:
    if catalog.type_of(boost.field, purpose="boost") not in {"keyword", "boolean"}:
        msg = f"cannot boost {boost.field!r} by value; boost a field of words instead"
        raise InvalidRequestError(msg)


def _check_fields(request: SearchRequest, catalog: FieldCatalog) -> None:
    for field in request.facets:
        kind = catalog.type_of(field, purpose="facet by")
        if kind not in {"keyword", "boolean"}:
            msg = f"cannot facet by {field!r}, a {kind}; filter on it with bounds instead"
            raise InvalidRequestError(msg)
    for boost in request.boosts:
        _check_boost(boost, catalog)


def _check_options(request: SearchRequest, *, is_ranked: bool) -> None:
    if is_ranked and request.cursor is not None:
        raise InvalidRequestError("cursor: a ranked search pages by offset; leave cursor out")
    if is_ranked:
        return
    kind = "a list sorted by a field" if request.sort else "a browse without words in q"
    for name in ("offset", "boosts", "diversity"):
        if getattr(request, name):
            hint = "page with cursor" if name == "offset" else "give q and no sort"
            raise InvalidRequestError(f"{name}: {kind} takes none; {hint}")
