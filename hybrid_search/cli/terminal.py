"""What commands print, and how far a long one is."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.tree import Tree

from hybrid_search.settings import Settings, unknown_variables

MAX_WIDTH = 1000

out = Console(soft_wrap=True, highlight=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)


def load_settings() -> Settings:
    """Return the settings, with a word on stderr about variables that are none.

    Raises:
        SettingsError: a value cannot be used.
    """
    for problem in unknown_variables():
        err.print(f"[yellow]warning[/yellow]: {problem}")
    return Settings.load()


def print_json(data: Any) -> None:
    """Print JSON and nothing else, for other programs to read."""
    is_unicode = sys.stdout.encoding.lower().startswith("utf")
    typer.echo(json.dumps(data, indent=2, ensure_ascii=not is_unicode))


def print_whole(drawing: Table | Tree) -> None:
    """Print a table or a tree so that nothing of it is cut off.

    It wraps at the edge of a terminal; elsewhere it is as wide as it needs to be.
    """
    if out.is_terminal:
        out.print(drawing, soft_wrap=False)
        return
    needed = Measurement.get(out, out.options.update(max_width=MAX_WIDTH), drawing).maximum
    Console(width=needed, highlight=False, emoji=False).print(drawing)


@contextmanager
def progress_bar(description: str, total: float | None) -> Iterator[tuple[Progress, Any]]:
    """Show a bar on a terminal while the block runs; nothing elsewhere."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(show_speed=False),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as progress:
        yield progress, progress.add_task(description, total=total, detail="")
