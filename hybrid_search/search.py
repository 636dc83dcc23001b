"""One search: parse, encode, retrieve, rank, page."""

import time
from collections.abc import Callable
from dataclasses import replace

from hybrid_search.answering import listed_response, ranked_hits, ranked_response
from hybrid_search.catalog.product import MAX_ID_BYTES, Product
from hybrid_search.catalog.texts import shown
from hybrid_search.cursor import Cursor
from hybrid_search.engines.port import Degradation, Generation, Page, SearchEngine, Vector
from hybrid_search.errors import (
    IndexMissingError,
    ProductNotFoundError,
    SnapshotsUnavailableError,
)
from hybrid_search.frozen_pages import (
    check_page,
    expired,
    freeze,
    frozen_page_plan,
    frozen_response,
)
from hybrid_search.kept_generations import kept_generation
from hybrid_search.notices import empty_filter_notices
from hybrid_search.planning import check_similar
from hybrid_search.prepared_search import Preparation, PreparedSearch
from hybrid_search.query.request import SearchRequest
from hybrid_search.ranking.rank import Ranking, rank
from hybrid_search.response import SearchResponse
from hybrid_search.snapshots import SnapshotStore, new_snapshot_id
from hybrid_search.timing import Timing

RETRIEVAL_SHARE = 0.6
"""Part of the time left that retrieval may take; the page needs the rest."""


class SearchService:
    """Answers search requests from one engine; safe to share between threads."""

    def __init__(
        self,
        engine: SearchEngine,
        preparation: Preparation,
        snapshots: SnapshotStore,
        *,
        deadline_ms: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Use these parts.

        Args:
            engine: where products are.
            preparation: makes requests into plans, with encoders, words and a profile.
            snapshots: where the rankings stay that further pages are cut from.
            deadline_ms: longest wait for each part of a search.
            clock: in seconds, for deadlines and times.
        """
        self._engine = engine
        self._preparation = preparation
        self._snapshots = snapshots
        self._deadline_ms = deadline_ms
        self._clock = clock

    def search(self, request: SearchRequest) -> SearchResponse:
        """Return one page of products, best first, or of a list ordered by a field.

        The order never depends on the size of the page. A request without words in `q`, or with
        `sort`, is answered by an ordered list, which a cursor pages through to its end.

        Raises:
            InvalidRequestError: the request cannot be answered as it is.
            ExpiredError: its snapshot is gone, or the index that its cursor pages through.
            EncoderMismatchError: the index was made with another encoder.
            EngineError: the engine cannot answer at all.
        """
        timing = self._timing(request)
        if request.snapshot is not None:
            return self._further_page(request, "", timing)
        cursor = None if request.cursor is None else Cursor.read(request.cursor, request)
        name = cursor.generation if cursor else None
        generation = kept_generation(self._engine, name, remedy="start without a cursor")
        search = self._preparation.of_request(request, generation, timing)
        if search.is_ranked:
            return self._ranked(search, "", timing)
        return self._listed(search, cursor, timing)

    def similar(self, product_id: str, request: SearchRequest) -> SearchResponse:
        """Return products like the one with this id, without it and its variants, best first.

        They are the nearest by the product's own vectors, and by the words of its title where it
        has no vector. `q` and `sort` of the request are to be left out; the rest holds.

        Raises:
            ProductNotFoundError: there is no such product.
            InvalidRequestError: the request cannot be answered as it is.
            ExpiredError: its snapshot is gone.
        """
        timing = self._timing(request)
        check_similar(request)
        scope = f"similar:{product_id}"
        if request.snapshot is not None:
            return self._further_page(request, scope, timing)
        generation = self._engine.live_generation()
        product = self.product(product_id, generation)
        vectors = self._own_vectors(product, generation, request)
        timing.lap("fetch")
        search = self._preparation.of_product(product, vectors, request, generation)
        timing.lap("parse")
        return self._ranked(search, scope, timing)

    def product(self, product_id: str, generation: Generation | None = None) -> Product:
        """Return the product with this id, of the live generation unless another one is given.

        Raises:
            ProductNotFoundError: there is no such product.
        """
        name = (generation or self._engine.live_generation()).name
        found = self._engine.fetch(name, [product_id]) if _is_id(product_id) else {}
        if product_id not in found:
            raise ProductNotFoundError(f"no product has the id {shown(product_id)}")
        return found[product_id]

    def _timing(self, request: SearchRequest) -> Timing:
        return Timing(self._clock, stage_ms=self._deadline_ms, total_ms=request.deadline_ms)

    def _own_vectors(
        self, product: Product, generation: Generation, request: SearchRequest
    ) -> dict[str, Vector]:
        weights = self._preparation.profile.with_options(request.hybrid).weights
        vectors: dict[str, Vector] = {}
        for one in generation.vector_fields:
            if weights.get(one.name, 0.0) > 0:
                stored = self._engine.fetch_vectors(generation.name, one.name, [product.id])
                for rows in stored.values():
                    vectors[one.name] = rows[0]
        return vectors

    def _ranked(self, search: PreparedSearch, scope: str, timing: Timing) -> SearchResponse:
        name, options, request = search.generation.name, search.ranking_options, search.request
        retrieval = self._engine.retrieve(
            name, search.retrieval_plan, deadline_ms=timing.allowed_ms(RETRIEVAL_SHARE)
        )
        timing.lap("retrieve")
        ranking = rank(retrieval.candidates, options)
        page_ids = ranking.product_ids[request.offset : request.offset + request.limit]
        timing.lap("rank")
        page = self._engine.page(name, search.page_plan(page_ids), deadline_ms=timing.allowed_ms())
        timing.lap("page")
        notices = self._notices(search, page, timing)
        products = {product.id: product for product in page.products}
        hits = ranked_hits(search, ranking, products, is_whole=True)
        response = ranked_response(search, retrieval, ranking, page, hits=hits, notices=notices)
        return self._kept(response, ranking, request, scope, timing)

    def _listed(
        self, search: PreparedSearch, cursor: Cursor | None, timing: Timing
    ) -> SearchResponse:
        plan = search.list_plan(cursor.after if cursor else ())
        page = self._engine.page(search.generation.name, plan, deadline_ms=timing.allowed_ms())
        timing.lap("page")
        notices = self._notices(search, page, timing)
        return replace(listed_response(search, page, notices), took_ms=timing.took_ms)

    def _further_page(self, request: SearchRequest, scope: str, timing: Timing) -> SearchResponse:
        snapshot_id = str(request.snapshot)
        snapshot = self._snapshots.get(snapshot_id)
        if snapshot is None:
            raise expired(snapshot_id)
        check_page(snapshot, request, scope)
        timing.lap("snapshot")
        plan = frozen_page_plan(snapshot, request)
        try:
            page = self._engine.page(snapshot.generation, plan, deadline_ms=timing.allowed_ms())
        except IndexMissingError as error:
            raise expired(snapshot_id) from error
        timing.lap("page")
        return frozen_response(snapshot, request, page, timing)

    def _kept(
        self,
        response: SearchResponse,
        ranking: Ranking,
        request: SearchRequest,
        scope: str,
        timing: Timing,
    ) -> SearchResponse:
        """Return the answer with the snapshot that its further pages are cut from."""
        snapshot_id = new_snapshot_id()
        try:
            self._snapshots.put(freeze(snapshot_id, response, ranking, request, scope))
        except SnapshotsUnavailableError as error:
            lost = Degradation("snapshot", f"{error}; further pages are ranked anew")
            response = replace(response, degraded=(*response.degraded, lost))
        else:
            response = replace(response, snapshot=snapshot_id)
        timing.lap("snapshot")
        return replace(response, took_ms=timing.took_ms)

    def _notices(self, search: PreparedSearch, page: Page, timing: Timing) -> tuple[str, ...]:
        if page.total != 0 or not search.results.filters:
            return ()
        found = empty_filter_notices(
            self._engine,
            search.generation.name,
            search.results.filters,
            deadline_ms=timing.allowed_ms(),
        )
        timing.lap("notices")
        return found


def _is_id(text: str) -> bool:
    try:
        return 1 <= len(text.encode()) <= MAX_ID_BYTES
    except UnicodeEncodeError:
        return False
