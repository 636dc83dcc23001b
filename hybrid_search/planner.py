"""Searches in two halves, for backends that ask their engine themselves: plan, and rank."""

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from hybrid_search.answering import listed_response, ranked_hits, ranked_response
from hybrid_search.catalog.texts import shown
from hybrid_search.cursor import Cursor
from hybrid_search.engines.port import (
    Degradation,
    DelegatedSearches,
    Generation,
    PagePlan,
    SearchEngine,
)
from hybrid_search.errors import ExpiredError, InvalidPlanError, PlanUnsupportedError
from hybrid_search.kept_generations import kept_generation
from hybrid_search.prepared_search import Preparation, PreparedSearch
from hybrid_search.query.digest import digest, request_digest
from hybrid_search.query.request import SearchRequest
from hybrid_search.query_encoding import EncodedQuery
from hybrid_search.ranking.rank import rank
from hybrid_search.response import SearchResponse
from hybrid_search.timing import Timing


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What a backend sends to its engine.

    Attributes:
        token: goes back to `rank` with the answers.
        path: where it takes them.
        searches: headers and bodies in turn.
    """

    token: str
    path: str
    searches: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Token:
    """What `rank` has to know of the plan beside the request."""

    generation: str
    profile: str
    profile_version: int
    asked: str
    vectors: tuple[str, ...]
    degraded: tuple[Degradation, ...]
    has_products: bool

    def write(self) -> str:
        content = json.dumps([asdict(self), digest(asdict(self))], separators=(",", ":"))
        return base64.urlsafe_b64encode(content.encode()).decode()

    @classmethod
    def read(cls, text: str) -> "_Token":
        try:
            fields, checksum = json.loads(base64.urlsafe_b64decode(text))
            # It keeps no secret; it tells changed plans from whole ones.
            if checksum != digest(fields):
                raise ValueError(checksum)
            return _TOKEN.validate_python(fields)
        except (ValueError, TypeError, RecursionError) as error:
            msg = f"plan {shown(text)} is not one that this service made; ask for a plan first"
            raise InvalidPlanError(msg) from error


_TOKEN = TypeAdapter(_Token)


class SearchPlanner:
    """Plans searches and ranks their answers; the engine is asked about its indices alone."""

    def __init__(
        self,
        engine: SearchEngine,
        preparation: Preparation,
        delegated: DelegatedSearches | None,
        *,
        deadline_ms: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Use these parts.

        Args:
            engine: tells what is live.
            preparation: makes requests into plans.
            delegated: the engine's bodies; None for an engine that nobody else can ask.
            deadline_ms: longest time of each search that is planned.
            clock: in seconds, for deadlines and times.
        """
        self._engine = engine
        self._preparation = preparation
        self._delegated = delegated
        self._deadline_ms = deadline_ms
        self._clock = clock

    def plan(self, request: SearchRequest, *, has_products: bool = False) -> SearchPlan:
        """Return the searches that a request comes to, for one `_msearch`.

        Args:
            request: without a snapshot; `rank` pages by offset over the same answers.
            has_products: whether answers carry whole products, so that `rank` returns them.

        Raises:
            PlanUnsupportedError: the engine cannot be asked by somebody else.
            InvalidRequestError: the request cannot be answered as it is.
        """
        delegated = self._bodies()
        if request.snapshot is not None:
            raise InvalidPlanError("snapshot: rank pages by offset over the same answers; leave it")
        timing = Timing(self._clock, stage_ms=self._deadline_ms, total_ms=request.deadline_ms)
        cursor = None if request.cursor is None else Cursor.read(request.cursor, request)
        name = cursor.generation if cursor else None
        generation = kept_generation(self._engine, name, remedy="start without a cursor")
        search = self._preparation.of_request(request, generation, timing)
        if search.is_ranked:
            # Refuses weights of 0 before anything is asked.
            _ = search.ranking_options
        searches = delegated.searches(
            generation.name,
            search.retrieval_plan if search.is_ranked else None,
            _page_plan(search, cursor),
            has_products=has_products,
            deadline_ms=timing.allowed_ms(),
        )
        token = _Token(
            generation.name,
            search.profile.name,
            search.profile.version,
            request_digest(request, request.cursor or ""),
            tuple(clause.field.name for clause in search.results.vectors),
            search.degraded,
            has_products,
        )
        return SearchPlan(token.write(), delegated.path, tuple(searches))

    def rank(
        self, request: SearchRequest, plan_token: str, answers: Sequence[object]
    ) -> SearchResponse:
        """Return the page that the answers to a plan's searches make.

        Args:
            request: the one that was planned; `limit`, `offset` and `explain` may differ.
            plan_token: from the plan.
            answers: the list `responses` of the `_msearch`.

        Raises:
            InvalidPlanError: the plan is of another request, or the answers are of other searches.
            ExpiredError: the index or the profile of the plan is gone.
        """
        delegated = self._bodies()
        token = _Token.read(plan_token)
        timing = Timing(self._clock)
        if token.asked != request_digest(request, request.cursor or ""):
            msg = "plan: it belongs to another request; send the request that was planned"
            raise InvalidPlanError(msg)
        profile = self._preparation.profile
        if (token.profile, token.profile_version) != (profile.name, profile.version):
            msg = f"plan: profile {token.profile} {token.profile_version} is gone; plan again"
            raise ExpiredError(msg)
        cursor = None if request.cursor is None else Cursor.read(request.cursor, request)
        generation = kept_generation(self._engine, token.generation, remedy="plan again")
        encoded = _encoded(token, generation)
        search = self._preparation.of_request(request, generation, timing, encoded=encoded)
        found = delegated.read(
            generation.name,
            search.retrieval_plan if search.is_ranked else None,
            _page_plan(search, cursor),
            answers,
            has_products=token.has_products,
        )
        timing.lap("read")
        if found.retrieval is None:
            response = listed_response(search, found.page)
        else:
            ranking = rank(found.retrieval.candidates, search.ranking_options)
            hits = ranked_hits(search, ranking, found.products, is_whole=token.has_products)
            response = ranked_response(search, found.retrieval, ranking, found.page, hits=hits)
        timing.lap("rank")
        return replace(response, took_ms=timing.took_ms)

    def _bodies(self) -> DelegatedSearches:
        if self._delegated is None:
            msg = "plan and rank need Elasticsearch; this service runs on an engine of its own"
            raise PlanUnsupportedError(f"{msg}, so use search")
        return self._delegated


def _page_plan(search: PreparedSearch, cursor: Cursor | None) -> PagePlan:
    if search.is_ranked:
        return search.page_plan(())
    return search.list_plan(cursor.after if cursor else ())


def _encoded(token: _Token, generation: Generation) -> EncodedQuery:
    """Return vectors of zeros where the plan had vectors: reading answers needs no numbers."""
    vectors = {
        one.name: np.zeros(one.dimension, dtype=np.float32)
        for one in generation.vector_fields
        if one.name in token.vectors
    }
    return EncodedQuery(vectors, token.degraded)
