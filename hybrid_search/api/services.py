"""What the routes work with, made once a process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Thread

import structlog

from hybrid_search.api.access import Access
from hybrid_search.bootstrap import (
    open_api_keys,
    open_database,
    open_engine,
    open_planner,
    open_preparation,
    open_query_log,
    open_service,
)
from hybrid_search.engines.port import SearchEngine
from hybrid_search.errors import HybridSearchError
from hybrid_search.job_bootstrap import JobServices, open_job_queue, open_job_services
from hybrid_search.planner import SearchPlanner
from hybrid_search.query.request import SearchRequest
from hybrid_search.response import SearchResponse
from hybrid_search.search import SearchService
from hybrid_search.settings import Settings
from hybrid_search.store.query_log import QueryLogEntry
from hybrid_search.store.query_log_writer import QueryLogWriter

WARM_UP_QUERY = "warm up"
RETRY_S = 2.0

_log = structlog.get_logger("hybrid_search.api")


@dataclass(frozen=True, slots=True)
class Services:
    """The parts behind the routes.

    Attributes:
        is_warm: set when a first search has been answered, so that no shopper waits for it.
    """

    settings: Settings
    engine: SearchEngine
    search: SearchService
    planner: SearchPlanner
    access: Access
    query_log: QueryLogWriter
    jobs: JobServices
    is_warm: Event = field(default_factory=Event)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def open(cls, settings: Settings) -> "Services":
        """Return the parts that the settings name; nothing is sent to any server yet.

        Raises:
            SettingsError: a setting cannot be used.
        """
        engine = open_engine(settings)
        preparation = open_preparation(settings)
        database = open_database(settings)
        return cls(
            settings,
            engine,
            open_service(settings, engine, preparation=preparation),
            open_planner(settings, engine, preparation),
            Access(open_api_keys(database).find, search_needs_key=settings.search_needs_key),
            open_query_log(settings, database),
            open_job_services(settings, engine, database, open_job_queue(settings)),
        )

    def warm_up(self) -> None:
        """Load the encoder and open connections in a thread of its own, until a search works."""
        Thread(target=self._warm_up, name="warm-up", daemon=True).start()

    def note(self, kind: str, request: SearchRequest, response: SearchResponse) -> None:
        """Put an answer into the query log; further pages of it are no queries of their own."""
        if request.snapshot is not None or request.cursor is not None:
            return
        wanted = request.model_dump(mode="json", include={"filter"})["filter"]
        self.query_log.add(
            QueryLogEntry(
                query_id=response.query_id,
                at=self.clock(),
                kind=kind,
                q=request.q,
                filters=wanted,
                total=response.total,
                took_ms=response.took_ms["total"],
                profile=response.applied.profile,
                profile_version=response.applied.profile_version,
                generation=response.applied.generation,
                is_degraded=bool(response.degraded),
            )
        )

    def _warm_up(self) -> None:
        request = SearchRequest(q=WARM_UP_QUERY, limit=1)
        is_told = False
        while not self.is_warm.is_set():
            try:
                self.search.search(request)
            except HybridSearchError as error:
                if not is_told:
                    _log.warning("not ready yet", code=error.code, reason=str(error))
                is_told = True
                self.is_warm.wait(RETRY_S)
            except Exception:  # noqa: BLE001 - logged, and tried again
                _log.exception("the warm-up goes on after an error")
                self.is_warm.wait(RETRY_S)
            else:
                self.is_warm.set()
                _log.info("ready")
