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
from hybrid_search.catalog.rejects import RejectsFile
from hybrid_search.cli.index_report import print_rejects, print_report
from hybrid_search.cli.queued_index import index_by_queue
from hybrid_search.cli.terminal import load_settings, progress_bar
from hybrid_search.engines.port import SearchEngine
from hybrid_search.errors import CatalogError
from hybrid_search.indexing import IndexProgress
from hybrid_search.settings import Settings


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
    queue: Annotated[
        bool, typer.Option("--queue", help="Let workers build it: see `hybrid-search worker`.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="With --queue, until the index is live.")
    ] = True,
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
    with RejectsFile(_rejects_path(file, rejects)) as bad_lines:
        try:
            if queue:
                index_by_queue(settings, file, field_map, bad_lines, is_waiting=wait)
            else:
                _index_here(settings, file, field_map, bad_lines)
        finally:
            print_rejects(bad_lines)


def _index_here(
    settings: Settings, file: Path, field_map: FieldMap, bad_lines: RejectsFile
) -> None:
    engine = open_engine(settings)
    try:
        reader = read_catalog(file, field_map, rejects=bad_lines)
        print_report(_reindex(settings, engine, reader), bad_lines)
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
