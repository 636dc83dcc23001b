"""`hybrid-search keys`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from hybrid_search.bootstrap import open_api_keys, open_database
from hybrid_search.cli.terminal import err, load_settings, out, print_json, print_whole

if TYPE_CHECKING:
    from hybrid_search.store.api_keys import ApiKey, ApiKeys

app = typer.Typer(help="API keys of the service.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def keys() -> None:
    """API keys of the service."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who uses it, such as the shop's backend.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="search (the default), write or admin, which may do everything; again "
            "for another one."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, this once: only its hash is kept."""
    with _api_keys() as api_keys:
        new = api_keys.create(name, scope or ["search"], datetime.now(UTC))
    if as_json:
        print_json({**_row(new.key), "key": new.text})
        return
    out.print(new.text, markup=False)
    err.print(
        f"key {new.key.id} of {new.key.name!r} ({', '.join(new.key.scopes)}): it is shown this "
        "once, keep it safe",
        markup=False,
    )


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List all keys, also the revoked ones, oldest first."""
    with _api_keys() as api_keys:
        rows = [_row(key) for key in api_keys.all()]
    if as_json:
        print_json(rows)
        return
    if not rows:
        out.print("no keys yet; make one with `hybrid-search keys create NAME`")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in rows[0]:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(escape(_cell(value)) for value in row.values()))
    print_whole(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="From `hybrid-search keys list`.")],
) -> None:
    """Close a key for good; requests with it are refused from now on."""
    with _api_keys() as api_keys:
        key = api_keys.revoke(key_id, datetime.now(UTC))
    out.print(
        f"key {key.id} of {key.name!r} is revoked since {_row(key)['revoked_at']}", markup=False
    )


@contextmanager
def _api_keys() -> Iterator["ApiKeys"]:
    """The keys in a database that has its tables."""
    database = open_database(load_settings())
    try:
        database.upgrade()
        yield open_api_keys(database)
    finally:
        database.close()


def _row(key: "ApiKey") -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at.isoformat(timespec="seconds"),
        "revoked_at": key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else None,
    }


def _cell(value: str | list[str] | None) -> str:
    return ", ".join(value) if isinstance(value, list) else value or ""
