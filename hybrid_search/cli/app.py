"""All commands together, and what happens when one fails."""

import sys
from io import TextIOWrapper

import typer

from hybrid_search.cli import (
    database,
    doctor,
    evaluate,
    index,
    indexes,
    jobs,
    keys,
    models,
    search,
    serve,
    tune,
    up,
    worker,
)
from hybrid_search.cli.terminal import err
from hybrid_search.errors import HybridSearchError

app = typer.Typer(
    name="hybrid-search",
    help="Hybrid search for fashion shops, on Elasticsearch or SQLite.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command("index")(index.index)
app.command("search")(search.search)
app.command("similar")(search.similar)
app.command("evaluate")(evaluate.evaluate)
app.command("tune")(tune.tune)
app.command("indexes")(indexes.indexes)
app.command("serve")(serve.serve)
app.command("up")(up.up)
app.command("worker")(worker.worker)
app.command("doctor")(doctor.doctor)
app.add_typer(models.app, name="models")
app.add_typer(jobs.app, name="jobs")
app.add_typer(keys.app, name="keys")
app.add_typer(database.app, name="database")


def main() -> None:
    """Run the command line; an error that we foresee is one line and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Names of files and products may hold what this terminal cannot show.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except HybridSearchError as error:
        err.print(f"[red]{error.code}[/red]: ", end="")
        err.print(str(error), markup=False)
        for note in getattr(error, "__notes__", ()):
            err.print(note, markup=False)
        sys.exit(1)
