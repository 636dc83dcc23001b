"""`hybrid-search indexes`."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from hybrid_search.bootstrap import open_engine
from hybrid_search.cli.terminal import load_settings, out, print_json, print_whole
from hybrid_search.engines.port import Generation, SearchEngine


def indexes(
    switch: Annotated[str | None, typer.Option(help="Make this index live.")] = None,
    drop: Annotated[str | None, typer.Option(help="Delete this index, which is not live.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the indexes of the alias; switch to one, or drop one."""
    engine = open_engine(load_settings())
    try:
        if switch is not None:
            engine.switch(switch)
        if drop is not None:
            engine.drop(drop)
        rows = [_row(engine, generation) for generation in engine.generations()]
    finally:
        engine.close()
    if as_json:
        print_json(rows)
        return
    if not rows:
        out.print("no index yet; run `hybrid-search index FILE`")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(escape(str(value)) for value in row.values()))
    print_whole(table)


def _row(engine: SearchEngine, generation: Generation) -> dict[str, str | int]:
    vectors = "; ".join(
        f"{one.name}: {one.encoder_name}, {one.dimension} dimensions, {one.index_type}"
        for one in generation.vector_fields
    )
    return {
        "index": generation.name,
        "state": _state(generation),
        "created_at": generation.created_at.partition(".")[0],
        "products": engine.count(generation.name),
        "language": generation.language,
        "vectors": vectors or "none",
    }


def _state(generation: Generation) -> str:
    if generation.is_live:
        return "live"
    return "kept" if generation.is_complete else "unfinished"
