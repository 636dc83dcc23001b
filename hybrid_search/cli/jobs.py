"""`hybrid-search jobs`."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from hybrid_search.cli.job_services import opened_job_services
from hybrid_search.cli.terminal import load_settings, out, print_json, print_whole
from hybrid_search.jobs.job import Job
from hybrid_search.jobs.job_json import failure_as_json, job_as_json

app = typer.Typer(help="Jobs that build indexes.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JobId = Annotated[str, typer.Argument(help="Id of the job.", metavar="ID")]


@app.callback()
def jobs() -> None:
    """Jobs that build indexes."""


@app.command("list")
def list_jobs(
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest jobs, newest first."""
    with opened_job_services(load_settings()) as (_, services):
        found = services.ledger.recent(limit)
    if as_json:
        print_json([job_as_json(job) for job in found])
        return
    if not found:
        out.print("no job yet; run `hybrid-search index FILE --queue`")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("job", "state", "source", "products", "written", "a second", "failures", "error"):
        table.add_column(name, overflow="fold")
    for job in found:
        table.add_row(*map(escape, _row(job)))
    print_whole(table)


@app.command()
def show(job_id: JobId, as_json: AsJson = False) -> None:
    """Show how far a job is, and why it failed if it did."""
    with opened_job_services(load_settings()) as (_, services):
        job = services.ledger.get(job_id)
    shown = job_as_json(job)
    if as_json:
        print_json(shown)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in {**shown, "source": str(job.source)}.items():
        if value not in (None, []):
            text = ", ".join(value) if isinstance(value, list) else str(value)
            table.add_row(name.replace("_", " "), escape(text))
    print_whole(table)


@app.command()
def failures(job_id: JobId, as_json: AsJson = False) -> None:
    """List the lines and products of a job that did not become what they should."""
    with opened_job_services(load_settings()) as (_, services):
        services.ledger.get(job_id)
        found = services.ledger.failures(job_id)
    if as_json:
        print_json([failure_as_json(failure) for failure in found])
        return
    for failure in found:
        place = failure.product_id if failure.line is None else f"line {failure.line}"
        kind = failure.kind.replace("_", " ")
        out.print(f"{kind}: {place}: {failure.reason}", markup=False)


@app.command()
def cancel(job_id: JobId) -> None:
    """End a job; the index that it was building is dropped, and the live one stays."""
    with opened_job_services(load_settings()) as (_, services):
        job = services.control.cancel(job_id)
    out.print(f"job {job.id} is {job.state}", markup=False)


def _row(job: Job) -> tuple[str, ...]:
    counts = job.counts
    rate = job.products_per_s
    numbers: tuple[Any, ...] = (
        counts.products,
        counts.written,
        "" if rate is None else f"{rate:.0f}",
        counts.rejected + counts.refused + counts.without_vector,
    )
    return (job.id, job.state, str(job.source), *map(str, numbers), job.error or "")
