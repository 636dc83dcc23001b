"""One search: parse, encode, retrieve, rank, page."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.calibration import PRODUCT, TEXT
from hybrid_search.catalog.product import MAX_ID_BYTES, Product
from hybrid_search.catalog.texts import shown
from hybrid_search.cursor import Cursor
from hybrid_search.engines.port import (
    Degradation,
    Generation,
    Page,
    ResultSet,
    SearchEngine,
    Vector,
)
from hybrid_search.errors import InvalidCursorError, InvalidRequestError, ProductNotFoundError
from hybrid_search.merchandising.profile import Profile
from hybrid_search.notices import empty_filter_notices
from hybrid_search.planning import (
    all_boosts,
    check_request,
    check_similar,
    itself_and_variants,
    list_plan,
    page_plan,
    profile_problems,
    ranking_options,
    result_set,
    retrieval_plan,
    vector_clauses,
    with_words,
)
from hybrid_search.query.request import SearchRequest
from hybrid_search.query_encoding import EncodedQuery, QueryEncoders
from hybrid_search.ranking.rank import Ranking, rank
from hybrid_search.response import Applied, Hit, SearchResponse
from hybrid_search.stopwatch import Stopwatch


@dataclass(frozen=True, slots=True)
class _Search:
    """What all steps of one search share; the generation is resolved once."""

    request: SearchRequest
    generation: Generation
    profile: Profile
    results: ResultSet
    kind: str
    degraded: tuple[Degradation, ...]
    watch: Stopwatch


class SearchService:
    """Answers search requests from one engine; safe to share between threads."""

    def __init__(
        self,
        engine: SearchEngine,
        encoders: QueryEncoders,
        vocabulary: Vocabulary,
        profile: Profile,
        *,
        deadline_ms: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._engine = engine
        self._encoders = encoders
        self._vocabulary = vocabulary
        self._profile = profile
        self._deadline_ms = deadline_ms
        self._clock = clock

    def search(self, request: SearchRequest) -> SearchResponse:
        """Return one page of products, best first, or of a list ordered by a field.

        The order never depends on the size of the page. A request without words in `q`, or with
        `sort`, is answered by an ordered list, which a cursor pages through to its end.

        Raises:
            InvalidRequestError: the request cannot be answered as it is.
            EncoderMismatchError: the index was made with another encoder.
            EngineError: the engine cannot answer at all.
        """
        watch = Stopwatch(self._clock)
        cursor = None if request.cursor is None else Cursor.read(request.cursor, request)
        generation = self._generation(cursor)
        profile = self._profile.with_options(request.hybrid)
        lexical = self._vocabulary.parse(request.q, generation.language, profile.field_weights)
        is_ranked = lexical is not None and request.sort is None
        filters = check_request(request, generation, is_ranked=is_ranked)
        self._encoders.check(generation)
        watch.lap("parse")
        encoded = EncodedQuery()
        if lexical is not None:
            encoded = self._encoders.encode(request.q, generation, profile.weights)
        watch.lap("encode")
        if encoded.degraded and not encoded.vectors:
            profile = with_words(profile)
        clauses = vector_clauses(encoded.vectors, generation, TEXT)
        results = result_set(lexical, clauses, profile, filters)
        search = _Search(request, generation, profile, results, TEXT, encoded.degraded, watch)
        return self._ranked(search) if is_ranked else self._listed(search, cursor)

    def similar(self, product_id: str, request: SearchRequest) -> SearchResponse:
        """Return products like the one with this id, without it and its variants, best first.

        They are the nearest by the product's own vectors, and by the words of its title where it
        has no vector. `q` and `sort` of the request are to be left out; the rest holds.

        Raises:
            ProductNotFoundError: there is no such product.
            InvalidRequestError: the request cannot be answered as it is.
        """
        watch = Stopwatch(self._clock)
        generation = self._engine.live_generation()
        profile = self._profile.with_options(request.hybrid)
        check_similar(request)
        filters = check_request(request, generation, is_ranked=True)
        watch.lap("parse")
        found = self._engine.fetch(generation.name, [product_id]) if _is_id(product_id) else {}
        if product_id not in found:
            raise ProductNotFoundError(f"no product has the id {shown(product_id)}")
        product = found[product_id]
        clauses = vector_clauses(
            self._own_vectors(product, generation, profile), generation, PRODUCT
        )
        lexical = None
        if not clauses:
            lexical = self._vocabulary.parse(
                product.title, generation.language, profile.field_weights
            )
            if lexical is None:
                msg = f"product {shown(product_id)} has neither a vector nor words to be like"
                raise InvalidRequestError(msg)
        watch.lap("fetch")
        results = result_set(lexical, clauses, profile, filters, itself_and_variants(product))
        return self._ranked(_Search(request, generation, profile, results, PRODUCT, (), watch))

    def _generation(self, cursor: Cursor | None) -> Generation:
        """Return the live generation, or the one that a cursor pages through."""
        live = self._engine.live_generation()
        if cursor is None or cursor.generation == live.name:
            return live
        for kept in self._engine.generations():
            if kept.name == cursor.generation:
                return kept
        msg = f"the cursor's index {shown(cursor.generation)} is gone; start without a cursor"
        raise InvalidCursorError(msg)

    def _own_vectors(
        self, product: Product, generation: Generation, profile: Profile
    ) -> dict[str, Vector]:
        vectors: dict[str, Vector] = {}
        for one in generation.vector_fields:
            if profile.weights.get(one.name, 0.0) > 0:
                stored = self._engine.fetch_vectors(generation.name, one.name, [product.id])
                for rows in stored.values():
                    vectors[one.name] = rows[0]
        return vectors

    def _ranked(self, search: _Search) -> SearchResponse:
        request, results, name = search.request, search.results, search.generation.name
        boosts = all_boosts(request, search.profile)
        options = ranking_options(results, boosts, search.profile, request, search.kind)
        plan = retrieval_plan(results, boosts, search.profile, request)
        retrieval = self._engine.retrieve(name, plan, deadline_ms=self._deadline_ms)
        search.watch.lap("retrieve")
        ranking = rank(retrieval.candidates, options)
        page_ids = ranking.product_ids[request.offset : request.offset + request.limit]
        search.watch.lap("rank")
        page = self._engine.page(
            name, page_plan(request, results, page_ids), deadline_ms=self._deadline_ms
        )
        search.watch.lap("page")
        hits = _ranked_hits(request, ranking, page)
        return self._response(
            search, page, hits, len(ranking.product_ids), degraded=retrieval.degraded
        )

    def _listed(self, search: _Search, cursor: Cursor | None) -> SearchResponse:
        request, name = search.request, search.generation.name
        plan = list_plan(request, search.results, cursor.after if cursor else ())
        page = self._engine.page(name, plan, deadline_ms=self._deadline_ms)
        search.watch.lap("page")
        next_cursor = Cursor(name, page.next_after).write(request) if page.next_after else None
        hits = tuple(Hit(product) for product in page.products)
        reachable = page.total if page.reachable is None else page.reachable
        return self._response(search, page, hits, reachable, next_cursor=next_cursor)

    def _response(
        self,
        search: _Search,
        page: Page,
        hits: tuple[Hit, ...],
        reachable: int,
        *,
        degraded: tuple[Degradation, ...] = (),
        next_cursor: str | None = None,
    ) -> SearchResponse:
        notices = profile_problems(search.profile, search.generation)
        if page.total == 0 and search.results.filters:
            notices += empty_filter_notices(
                self._engine,
                search.generation.name,
                search.results.filters,
                deadline_ms=self._deadline_ms,
            )
            search.watch.lap("notices")
        return SearchResponse(
            query_id=uuid.uuid4().hex,
            hits=hits,
            total=page.total,
            reachable=min(reachable, page.total),
            applied=Applied(search.generation.name, search.profile.name, search.profile.version),
            facets=page.facets,
            next_cursor=next_cursor,
            notices=notices,
            degraded=(*search.degraded, *degraded, *page.degraded),
            took_ms=search.watch.took_ms,
        )


def _is_id(text: str) -> bool:
    try:
        return 1 <= len(text.encode()) <= MAX_ID_BYTES
    except UnicodeEncodeError:
        return False


def _ranked_hits(request: SearchRequest, ranking: Ranking, page: Page) -> tuple[Hit, ...]:
    ranks = {product_id: i + 1 for i, product_id in enumerate(ranking.product_ids)}
    return tuple(
        Hit(
            product,
            ranks[product.id],
            ranking.final_scores[product.id],
            ranking.explain(product.id) if request.explain else None,
        )
        for product in page.products
    )
