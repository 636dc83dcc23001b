"""`hybrid-search serve`."""

from typing import Annotated

import typer

from hybrid_search.bootstrap import open_database
from hybrid_search.cli.available_cores import available_cores
from hybrid_search.cli.listener import open_listener
from hybrid_search.cli.terminal import err, load_settings
from hybrid_search.errors import DatabaseUnavailableError
from hybrid_search.settings import Settings

APPLICATION = "hybrid_search.api.wsgi:app"


def serve(
    bind: Annotated[
        str | None, typer.Option(help="HOST:PORT to listen on, instead of the setting.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes, instead of the setting.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads a process, instead of the setting.")
    ] = None,
) -> None:
    """Answer searches over HTTP until a signal ends it; SIGTERM lets requests in flight finish."""
    # gunicorn is for Unix; the other commands are not.
    from hybrid_search.cli.http_server import ServerOptions, run_server  # noqa: PLC0415

    settings = load_settings()
    options = ServerOptions(
        workers=workers or settings.serve_workers or default_workers(settings),
        threads=threads or settings.serve_threads,
        graceful_timeout_s=settings.serve_graceful_timeout_s,
    )
    if options.workers > 1 and settings.redis_url is None:
        err.print(
            f"[yellow]warning[/yellow]: {options.workers} processes keep their own snapshots, so "
            "a further page is lost when another one is asked for it; set HYBRID_SEARCH_REDIS_URL"
        )
    with open_listener(bind or settings.serve_bind) as listener:
        upgrade_database(settings)
        run_server(APPLICATION, listener, options)


def upgrade_database(settings: Settings) -> None:
    """Bring the database to this version, once for all processes.

    One that is away is told and does not keep searches from being answered.

    Raises:
        DatabaseError: it is there and cannot be used.
    """
    database = open_database(settings)
    try:
        database.upgrade()
    except DatabaseUnavailableError as error:
        err.print("[yellow]warning[/yellow]: ", end="")
        err.print(f"{error}; run `hybrid-search database upgrade` when it is back", markup=False)
    finally:
        database.close()


def default_workers(settings: Settings) -> int:
    """Return one process a core where they share snapshots, else one: page 2 has to work."""
    return 1 if settings.redis_url is None else available_cores()
