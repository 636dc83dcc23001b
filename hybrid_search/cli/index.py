"""`hybrid-search index`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from hybrid_search.bootstrap import open_engine, open_indexer
from hybrid_search.building import IndexReport
from hybrid_search.catalog.check import check_catalog
from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.readers import CatalogReader, estimated, read_catalog
from hybrid_search.catalog.rejects import Reject, RejectsFile
from hybrid_search.cli.terminal import err, load_settings, out, progress_bar
from hybrid_search.engines.port import SearchEngine
from hybrid_search.errors import CatalogError
from hybrid_search.indexing import IndexProgress
from hybrid_search.settings import Settings

SHOWN = 5


def index(
    file: Annotated[Path, typer.Argument(help="Catalogue: .jsonl, .csv or .tsv, also with .gz.")],
    fields: Annotated[
        Path | None, typer.Option(help="TOML file that maps the shop's columns to product fields.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where bad lines go; FILE.rejects.jsonl by default.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a file with bad lines before writing anything.")
    ] = False,
) -> None:
    """Build a new index from a catalogue, verify it and make it live.

    Searches are answered by the former index until the last moment; it is kept for a way back.
    """
    settings = load_settings()
    field_map = FieldMap.load(fields) if fields else FieldMap.identity()
    if strict:
        with progress_bar("checking", None) as (progress, task):

            def watch(reader: CatalogReader) -> Iterator[Product]:
                for product in reader:
                    progress.update(task, total=reader.bytes_total, completed=reader.bytes_read)
                    yield product

            check_catalog(file, field_map, watch=watch).require_clean()
    engine = open_engine(settings)
    try:
        with RejectsFile(_rejects_path(file, rejects)) as bad_lines:
            reader = read_catalog(file, field_map, rejects=bad_lines)
            try:
                report = _reindex(settings, engine, reader)
                _print_report(report, bad_lines)
            finally:
                _print_rejects(bad_lines)
    finally:
        engine.close()


def _rejects_path(file: Path, named: Path | None) -> Path:
    path = named or Path(f"{file}.rejects.jsonl")
    if not path.parent.is_dir():
        msg = f"no folder {str(path.parent)!r} for rejected lines; name another rejects file"
        raise CatalogError(msg)
    return path


def _reindex(settings: Settings, engine: SearchEngine, reader: CatalogReader) -> IndexReport:
    number, products = estimated(reader)
    with progress_bar("indexing", reader.bytes_total) as (progress, task):

        def observe(done: IndexProgress) -> None:
            progress.update(
                task,
                completed=reader.bytes_read,
                description=done.stage,
                detail=f"{done.read} products",
            )

        return open_indexer(settings, engine).reindex(
            products, estimated_products=number, observe=observe
        )


def _print_report(report: IndexReport, bad_lines: RejectsFile) -> None:
    out.print(f"{report.generation.name} is live with {report.written} products", markup=False)
    for name in report.pruned.dropped:
        out.print(f"dropped the older index {name}", markup=False)
    for problem in report.pruned.problems:
        out.print(f"an older index could not be dropped: {problem}", markup=False)
    for refused in report.failures:
        bad_lines.add(
            Reject(None, f"refused by the engine: {refused.reason}", "", refused.product_id)
        )
    for blind in report.without_vector[:SHOWN]:
        out.print(f"indexed without a vector: {blind.product_id}: {blind.reason}", markup=False)
    if len(report.without_vector) > SHOWN:
        out.print(f"and {len(report.without_vector) - SHOWN} more without a vector")


def _print_rejects(bad_lines: RejectsFile) -> None:
    if not bad_lines.count:
        return
    err.print(f"{bad_lines.count} set aside in {bad_lines.path}, such as:", markup=False)
    for reject in bad_lines.first:
        err.print(f"  {reject}", markup=False)
