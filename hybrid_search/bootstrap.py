"""Puts the parts together; the only place that chooses adapters."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.building import TEXT_VECTOR, IndexOptions
from hybrid_search.encoders.cache import CachedQueries
from hybrid_search.encoders.loading import load_encoder
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.engines.elasticsearch.address import without_password
from hybrid_search.engines.elasticsearch.mapping import load_mapping
from hybrid_search.engines.port import SearchEngine
from hybrid_search.engines.sqlite.engine import SqliteEngine
from hybrid_search.errors import SettingsError
from hybrid_search.indexing import Indexer
from hybrid_search.merchandising.profile import Profile
from hybrid_search.planner import SearchPlanner
from hybrid_search.prepared_search import Preparation
from hybrid_search.query_encoding import QueryEncoders
from hybrid_search.search import SearchService
from hybrid_search.settings import Settings
from hybrid_search.snapshots import MemorySnapshots, SnapshotStore

if TYPE_CHECKING:
    from hybrid_search.store.api_keys import ApiKeys
    from hybrid_search.store.database import Database
    from hybrid_search.store.query_log_writer import QueryLogWriter

SHIPPED_MAPPINGS = Path(__file__).resolve().parent.parent / "mappings"
"""Beside the package in a checkout, an editable install and a wheel alike."""

CACHED_QUERIES = 10_000


def open_engine(settings: Settings) -> SearchEngine:
    """Return the engine that the settings name; nothing is sent to it yet.

    Raises:
        SettingsError: the URL has a scheme that no engine goes by.
    """
    scheme = _scheme(settings)
    if scheme not in _ENGINES:
        msg = (
            f"HYBRID_SEARCH_ENGINE_URL is {without_password(settings.engine_url)!r}; "
            "it has to start with sqlite:///, http:// or https://"
        )
        raise SettingsError(msg)
    return _ENGINES[scheme](settings)


def open_encoder(settings: Settings) -> Encoder | None:
    """Return the encoder of text that the settings name, or None when they name none."""
    if settings.text_encoder is None:
        return None
    return load_encoder(settings.text_encoder, threads=settings.encoder_threads)


def open_profile(settings: Settings) -> Profile:
    """Return the ranking profile that the settings name, or the default one."""
    return Profile.load(settings.profile) if settings.profile else Profile()


def open_encoders(settings: Settings) -> QueryEncoders:
    """Return the encoders of queries, with the vectors of repeated queries kept."""
    encoder = open_encoder(settings)
    encoders = {TEXT_VECTOR: CachedQueries(encoder, CACHED_QUERIES)} if encoder else {}
    return QueryEncoders(encoders, deadline_ms=settings.deadline_ms)


def open_vocabulary(settings: Settings) -> Vocabulary:
    """Return the synonyms and stop words of the mappings folder."""
    return Vocabulary(mappings_folder(settings))


def open_preparation(settings: Settings, *, profile: Profile | None = None) -> Preparation:
    """Return what makes requests into plans; query vectors are cached."""
    return Preparation(
        open_encoders(settings), open_vocabulary(settings), profile or open_profile(settings)
    )


def open_service(
    settings: Settings,
    engine: SearchEngine,
    *,
    profile: Profile | None = None,
    preparation: Preparation | None = None,
) -> SearchService:
    """Return a search service on an engine.

    Args:
        settings: choose the parts.
        engine: where products are.
        profile: instead of the configured one.
        preparation: to be shared with a planner; made from the settings otherwise.
    """
    return SearchService(
        engine,
        preparation or open_preparation(settings, profile=profile),
        open_snapshots(settings),
        deadline_ms=settings.deadline_ms,
    )


def open_planner(
    settings: Settings, engine: SearchEngine, preparation: Preparation
) -> SearchPlanner:
    """Return what plans searches that somebody else sends."""
    delegated = None
    if _scheme(settings) != "sqlite":
        from hybrid_search.engines.elasticsearch.delegated import (  # noqa: PLC0415 - takes long
            ElasticsearchBodies,
        )

        delegated = ElasticsearchBodies()
    return SearchPlanner(engine, preparation, delegated, deadline_ms=settings.deadline_ms)


def open_snapshots(settings: Settings) -> SnapshotStore:
    """Return what keeps snapshots: Redis when the settings name it, else this process.

    Nothing is sent to Redis yet.

    Raises:
        SettingsError: the URL is none of a Redis.
    """
    if settings.redis_url is None:
        return MemorySnapshots(settings.snapshot_ttl_s)
    from hybrid_search.store.redis_snapshots import (  # noqa: PLC0415 - takes long
        RedisSnapshots,
    )

    return RedisSnapshots(settings.redis_url, ttl_s=settings.snapshot_ttl_s)


def open_indexer(settings: Settings, engine: SearchEngine) -> Indexer:
    """Return what builds generations on an engine."""
    return Indexer(engine, open_encoder(settings), index_options(settings))


def index_options(settings: Settings) -> IndexOptions:
    """Return how generations are built."""
    index_type = None if settings.vector_index == "auto" else settings.vector_index
    return IndexOptions(settings.index_alias, settings.language, index_type)


def open_database(settings: Settings) -> "Database":
    """Return the database that the settings name; nothing is sent to it yet.

    Raises:
        SettingsError: the URL is no address of a database.
        MissingExtraError: what the address needs is not installed.
    """
    from hybrid_search.store.database import Database  # noqa: PLC0415 - takes long

    return Database(settings.database_url)


def open_api_keys(database: "Database") -> "ApiKeys":
    """Return the API keys of a database."""
    from hybrid_search.store.api_keys import ApiKeys  # noqa: PLC0415 - takes long

    return ApiKeys(database)


def open_query_log(settings: Settings, database: "Database") -> "QueryLogWriter":
    """Return what keeps a log of searches, in a thread that starts with the first entry."""
    from hybrid_search.store.query_log import QueryLog  # noqa: PLC0415 - takes long
    from hybrid_search.store.query_log_writer import (  # noqa: PLC0415 - as above
        QueryLogWriter,
    )

    return QueryLogWriter(
        QueryLog(database),
        retention_days=settings.query_log_days,
        clock=lambda: datetime.now(UTC),
    )


def mappings_folder(settings: Settings) -> Path:
    """Return the folder of the index mapping and the synonyms.

    Raises:
        SettingsError: there is no such folder.
    """
    folder = settings.mappings or SHIPPED_MAPPINGS
    if not folder.is_dir():
        msg = f"no mappings folder {str(folder)!r}; set HYBRID_SEARCH_MAPPINGS to one"
        raise SettingsError(msg)
    return folder


def check_mappings(settings: Settings) -> Path:
    """Return the folder of mappings after a look into its files.

    Raises:
        SettingsError: the index mapping or the synonyms cannot be used.
    """
    folder = mappings_folder(settings)
    load_mapping(folder)
    open_vocabulary(settings).parse("", settings.language, {})
    return folder


def _scheme(settings: Settings) -> str:
    return "https" if settings.engine_cloud_id else settings.engine_url.split(":", 1)[0]


def _elasticsearch(settings: Settings) -> SearchEngine:
    from hybrid_search.engines.elasticsearch.connection import (  # noqa: PLC0415 - takes long
        Connection,
    )
    from hybrid_search.engines.elasticsearch.engine import (  # noqa: PLC0415 - as above
        ElasticsearchEngine,
    )

    key = settings.engine_api_key
    connection = Connection(
        settings.engine_url,
        key.get_secret_value() if key else None,
        settings.engine_ca_certs,
        settings.engine_cloud_id,
        settings.engine_timeout_ms,
    )
    return ElasticsearchEngine(
        connection,
        alias=settings.index_alias,
        mappings=mappings_folder(settings),
        shards=settings.engine_shards,
        lookup_timeout_ms=settings.deadline_ms,
    )


def _sqlite(settings: Settings) -> SearchEngine:
    path = settings.engine_url.removeprefix("sqlite:///")
    if path in {settings.engine_url, "", ":memory:"}:
        msg = (
            f"HYBRID_SEARCH_ENGINE_URL is {settings.engine_url!r}; a file is written "
            "sqlite:///relative/path.db or sqlite:////absolute/path.db"
        )
        raise SettingsError(msg)
    # A product of matrices is no faster on many threads here, and much slower on a busy machine.
    threadpool_limits(settings.encoder_threads, user_api="blas")
    return SqliteEngine(Path(path), alias=settings.index_alias)


_ENGINES: dict[str, Callable[[Settings], SearchEngine]] = {
    "sqlite": _sqlite,
    "http": _elasticsearch,
    "https": _elasticsearch,
}
