"""A request made into plans: checked, its words parsed, its vectors encoded."""

from collections.abc import Mapping
from dataclasses import dataclass

from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.calibration import PRODUCT, TEXT
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.texts import shown
from hybrid_search.engines.port import (
    Degradation,
    Generation,
    PagePlan,
    ResultSet,
    RetrievalPlan,
    Vector,
)
from hybrid_search.errors import InvalidRequestError
from hybrid_search.merchandising.profile import Profile
from hybrid_search.planning import (
    all_boosts,
    check_request,
    itself_and_variants,
    list_plan,
    page_plan,
    ranking_options,
    result_set,
    retrieval_plan,
    vector_clauses,
    with_words,
)
from hybrid_search.query.request import Boost, SearchRequest
from hybrid_search.query_encoding import EncodedQuery, QueryEncoders
from hybrid_search.ranking.rank import RankingOptions
from hybrid_search.timing import Timing

ENCODING_SHARE = 0.4
"""Part of the time left that encoding may take; the engine needs the rest."""


@dataclass(frozen=True, slots=True)
class PreparedSearch:
    """What all further steps of one search share.

    Attributes:
        kind: of query, which chooses the calibrated bounds.
        is_ranked: whether products are ordered by score, rather than by a field.
        degraded: signals that are missing, and why.
    """

    request: SearchRequest
    generation: Generation
    profile: Profile
    results: ResultSet
    kind: str
    is_ranked: bool
    boosts: tuple[Boost, ...] = ()
    degraded: tuple[Degradation, ...] = ()

    @property
    def retrieval_plan(self) -> RetrievalPlan:
        """What to retrieve for a ranked search."""
        return retrieval_plan(self.results, self.boosts, self.profile, self.request)

    @property
    def ranking_options(self) -> RankingOptions:
        """How to rank what was retrieved.

        Raises:
            InvalidRequestError: every signal of the search weighs 0.
        """
        return ranking_options(self.results, self.boosts, self.profile, self.request, self.kind)

    def page_plan(self, product_ids: tuple[str, ...]) -> PagePlan:
        """Return the page that shows these products of the ranking."""
        return page_plan(self.request, self.results, product_ids)

    def list_plan(self, after: tuple[str | float | None, ...]) -> PagePlan:
        """Return the page of an ordered list that goes on at a position."""
        return list_plan(self.request, self.results, after)


class Preparation:
    """Makes requests into plans with the encoders, the words and the profile of a service."""

    def __init__(self, encoders: QueryEncoders, vocabulary: Vocabulary, profile: Profile) -> None:
        self._encoders = encoders
        self._vocabulary = vocabulary
        self.profile = profile

    def of_request(
        self,
        request: SearchRequest,
        generation: Generation,
        timing: Timing,
        *,
        encoded: EncodedQuery | None = None,
    ) -> PreparedSearch:
        """Return a search by the words of a request.

        Args:
            request: what was asked.
            generation: what is searched.
            timing: notes the stages `parse` and `encode`.
            encoded: the vectors of `q`, when they are known.

        Raises:
            InvalidRequestError: the request cannot be answered as it is.
            EncoderMismatchError: the index was made with another encoder.
        """
        profile = self.profile.with_options(request.hybrid)
        lexical = self._vocabulary.parse(request.q, generation.language, profile.field_weights)
        is_ranked = lexical is not None and request.sort is None
        filters = check_request(request, generation, is_ranked=is_ranked)
        boosts = all_boosts(request, profile) if is_ranked else ()
        self._encoders.check(generation)
        timing.lap("parse")
        if encoded is None:
            encoded = EncodedQuery()
            if lexical is not None:
                encoded = self._encoders.encode(
                    request.q,
                    generation,
                    profile.weights,
                    deadline_ms=timing.allowed_ms(ENCODING_SHARE),
                )
        timing.lap("encode")
        if encoded.degraded and not encoded.vectors:
            profile = with_words(profile)
        clauses = vector_clauses(encoded.vectors, generation, TEXT)
        results = result_set(lexical, clauses, profile, filters)
        return PreparedSearch(
            request, generation, profile, results, TEXT, is_ranked, boosts, encoded.degraded
        )

    def of_product(
        self,
        product: Product,
        vectors: Mapping[str, Vector],
        request: SearchRequest,
        generation: Generation,
    ) -> PreparedSearch:
        """Return a search for what is like a product, by its vectors or else by its title.

        Raises:
            InvalidRequestError: the request cannot be answered as it is, or the product has
                neither a vector nor words.
        """
        profile = self.profile.with_options(request.hybrid)
        filters = check_request(request, generation, is_ranked=True)
        clauses = vector_clauses(vectors, generation, PRODUCT)
        lexical = None
        if not clauses:
            language, weights = generation.language, profile.field_weights
            lexical = self._vocabulary.parse(product.title, language, weights)
            if lexical is None:
                msg = f"product {shown(product.id)} has neither a vector nor words to be like"
                raise InvalidRequestError(msg)
        results = result_set(lexical, clauses, profile, filters, itself_and_variants(product))
        boosts = all_boosts(request, profile)
        return PreparedSearch(request, generation, profile, results, PRODUCT, True, boosts)  # noqa: FBT003 - a field of a dataclass
