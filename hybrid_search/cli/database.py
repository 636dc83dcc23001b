"""`hybrid-search database`."""

import typer

from hybrid_search.bootstrap import open_database
from hybrid_search.cli.terminal import load_settings, out

app = typer.Typer(help="The database of API keys and logs.", no_args_is_help=True)


@app.callback()
def database() -> None:
    """The database of API keys and logs."""


@app.command()
def upgrade() -> None:
    """Make the tables, or bring them to what this version needs; nothing that is kept is lost."""
    opened = open_database(load_settings())
    try:
        opened.upgrade()
    finally:
        opened.close()
    out.print(f"database {str(opened.address)!r} is up to date", markup=False)


@app.command()
def check() -> None:
    """Look whether the database answers and has the tables that this version needs."""
    opened = open_database(load_settings())
    try:
        opened.check()
    finally:
        opened.close()
    out.print(f"database {str(opened.address)!r} can be used", markup=False)
