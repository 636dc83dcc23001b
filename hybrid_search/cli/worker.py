"""`hybrid-search worker`."""

from importlib import import_module
from typing import Annotated

import typer

from hybrid_search.cli.terminal import load_settings
from hybrid_search.job_bootstrap import open_worker_app


def worker(
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes, instead of the setting.")
    ] = None,
) -> None:
    """Do the tasks of jobs and updates until a signal ends it; SIGTERM finishes the running ones.

    Start as many workers as the machines have room for; each process has its own encoder.
    """
    settings = load_settings()
    open_worker_app(settings)
    # By its name, because workers stand above the command line.
    import_module("workers.main").run_worker(settings, processes or settings.worker_processes)
