"""What commands need to work on jobs, opened and closed."""

from collections.abc import Iterator
from contextlib import contextmanager

from hybrid_search.bootstrap import open_database, open_engine
from hybrid_search.engines.port import SearchEngine
from hybrid_search.job_bootstrap import JobServices, open_job_queue, open_job_services
from hybrid_search.settings import Settings


@contextmanager
def opened_job_services(settings: Settings) -> Iterator[tuple[SearchEngine, JobServices]]:
    """Give the engine and what works on jobs; the database is made when it is missing.

    Raises:
        SettingsError: a setting cannot be used.
        DatabaseError: the database cannot be used.
    """
    engine = open_engine(settings)
    database = open_database(settings)
    services = None
    try:
        database.upgrade()
        services = open_job_services(settings, engine, database, open_job_queue(settings))
        yield engine, services
    finally:
        if services is not None:
            services.close()
        database.close()
        engine.close()
