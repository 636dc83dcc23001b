"""`hybrid-search index --queue`: the file is staged here, and workers build the index."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from hybrid_search.building import IndexReport
from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.readers import estimated, read_catalog
from hybrid_search.catalog.rejects import RejectsFile
from hybrid_search.cli.index_report import print_report
from hybrid_search.cli.job_services import opened_job_services
from hybrid_search.cli.terminal import err, out, progress_bar
from hybrid_search.engines.port import SearchEngine, WriteFailure
from hybrid_search.errors import (
    DatabaseUnavailableError,
    IndexMissingError,
    JobError,
    SettingsError,
)
from hybrid_search.job_bootstrap import JobServices
from hybrid_search.jobs.inline_queue import InlineQueue
from hybrid_search.jobs.job import FailureKind, Job
from hybrid_search.jobs.ledger import JobLedger
from hybrid_search.pruning import Pruned
from hybrid_search.settings import Settings

LOOK_EVERY_S = 0.3
PATIENCE_S = 120.0
"""How long a database may be away before the command stops looking."""
NO_WORKER_AFTER_S = 10.0
INTERRUPTED = 130


def index_by_queue(
    settings: Settings,
    file: Path,
    field_map: FieldMap,
    bad_lines: RejectsFile,
    *,
    is_waiting: bool,
) -> None:
    """Stage a catalogue and, if asked to, wait for its job and print what it did.

    Raises:
        JobRunningError: the alias has a job that is not at its end.
        QueueUnavailableError: no worker can be asked.
        JobError: the job failed or was cancelled.
    """
    if settings.broker_url is None and not is_waiting:
        msg = "--no-wait needs workers that go on by themselves; set HYBRID_SEARCH_BROKER_URL"
        raise SettingsError(msg)
    with opened_job_services(settings) as (engine, services):
        job = services.control.start_staged(str(file))
        try:
            _stage(services, job, file, field_map, bad_lines)
        except BaseException as error:
            services.control.fail(job.id, error)
            raise
        if not is_waiting:
            out.print(f"job {job.id} is staged; see `hybrid-search jobs show {job.id}`")
            return
        job = _wait(services, job)
        if job.state != "done":
            raise JobError(f"job {job.id} {job.state}: {job.error}")
        print_report(_report(engine, services.ledger, job), bad_lines)


def _stage(
    services: JobServices, job: Job, file: Path, field_map: FieldMap, bad_lines: RejectsFile
) -> None:
    rejects = services.stager.rejects(job.id, bad_lines)
    reader = read_catalog(file, field_map, rejects=rejects)
    number, products = estimated(reader)
    with progress_bar("reading", reader.bytes_total) as (progress, task):

        def watched() -> Any:
            for count, product in enumerate(products, start=1):
                progress.update(task, completed=reader.bytes_read, detail=f"{count} products")
                yield product

        services.stager.stage(job.id, watched(), number, rejects)


def _wait(services: JobServices, job: Job) -> Job:
    try:
        with progress_bar("writing", None) as (progress, task):

            def show(now: Job) -> None:
                rate = "" if now.products_per_s is None else f", {now.products_per_s:.0f} a second"
                progress.update(
                    task,
                    description=now.state,
                    total=now.counts.products,
                    completed=now.counts.products_done,
                    detail=f"{now.counts.products_done} products{rate}",
                )

            return follow(services.ledger, job.id, show)
    except KeyboardInterrupt:
        if isinstance(services.queue, InlineQueue):
            services.control.cancel(job.id)
            err.print(f"job {job.id} was cancelled")
        else:
            err.print(
                f"job {job.id} goes on; see `hybrid-search jobs show {job.id}`, or end it with "
                f"`hybrid-search jobs cancel {job.id}`"
            )
        raise typer.Exit(INTERRUPTED) from None


def follow(ledger: JobLedger, job_id: str, show: Callable[[Job], None]) -> Job:
    """Return a job at its end, and show it until then.

    Raises:
        DatabaseUnavailableError: the ledger was away for too long; the job may go on.
    """
    started = seen = time.monotonic()
    is_told = False
    while True:
        try:
            job = ledger.get(job_id)
            seen = time.monotonic()
        except DatabaseUnavailableError as error:
            if time.monotonic() - seen > PATIENCE_S:
                error.add_note(f"job {job_id} may go on; see `hybrid-search jobs show {job_id}`")
                raise
        else:
            show(job)
            if not job.is_active:
                return job
            if not is_told and job.started_at is None and seen - started > NO_WORKER_AFTER_S:
                err.print("no worker has begun the job yet; start one: `hybrid-search worker`")
                is_told = True
        time.sleep(LOOK_EVERY_S)


def _report(engine: SearchEngine, ledger: JobLedger, job: Job) -> IndexReport:
    generation = next((one for one in engine.generations() if one.name == job.generation), None)
    if generation is None:
        msg = f"job {job.id} is done, but its index {job.generation!r} was dropped since"
        raise IndexMissingError(msg)

    def failures(kind: FailureKind) -> tuple[WriteFailure, ...]:
        found = ledger.failures(job.id, kind=kind)
        return tuple(WriteFailure(one.product_id or "", one.reason) for one in found)

    return IndexReport(
        generation,
        job.counts.written,
        failures("refused"),
        failures("without_vector"),
        Pruned(job.pruned, job.prune_problems),
    )
