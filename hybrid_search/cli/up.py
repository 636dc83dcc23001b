"""`hybrid-search up`."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from hybrid_search.cli.listener import open_listener, parse_bind
from hybrid_search.cli.local_servers import (
    HOST,
    elasticsearch_part,
    free_port,
    is_answering,
    redis_part,
)
from hybrid_search.cli.parts import Part, run_parts
from hybrid_search.cli.terminal import load_settings, out
from hybrid_search.settings import PREFIX, Settings

COMMAND = (sys.executable, "-m", "hybrid_search.cli")
EVERYWHERE = {"0.0.0.0": HOST, "::": "::1"}  # noqa: S104 - compared with, not listened on
API_SECONDS = 120
STYLES = {"elasticsearch": "yellow", "redis": "red", "worker": "magenta", "api": "cyan"}
NAME_WIDTH = max(map(len, STYLES))


def up(
    bind: Annotated[
        str | None, typer.Option(help="HOST:PORT of the API, instead of the setting.")
    ] = None,
    elasticsearch: Annotated[
        Path | None,
        typer.Option(help="Folder of an unpacked Elasticsearch to run, instead of the setting."),
    ] = None,
    folder: Annotated[
        Path, typer.Option(help="Where that Elasticsearch keeps its data and logs.")
    ] = Path(".cache/up"),
) -> None:
    """Run everything on this machine, for development: Redis, a worker and the API.

    What the settings name is used as it is; Redis is started where they name none. One Ctrl-C
    ends all; when one part ends, so do the others.
    """
    settings = load_settings()
    address = _free_address(bind or settings.serve_bind)
    servers: list[Part] = []
    variables: dict[str, str] = {}
    if elasticsearch is not None:
        port = free_port()
        servers.append(elasticsearch_part(elasticsearch, folder, port, os.environ))
        variables["ENGINE_URL"] = f"http://{HOST}:{port}"
    if settings.redis_url is None or settings.broker_url is None:
        port = free_port()
        servers.append(redis_part(port, os.environ))
        variables |= redis_variables(settings, port)
    environment = {f"{PREFIX}{name}": value for name, value in variables.items()}
    parts = [*servers, *own_parts(address, environment)]
    run_parts(parts, _show, lambda: _tell(address, environment))


def _free_address(bind: str) -> str:
    """Return the address with its port, after a look whether it can be used.

    Otherwise the API would tell after all other parts have started.
    """
    with open_listener(bind) as listener:
        return f"{bind.rpartition(':')[0]}:{listener.getsockname()[1]}"


def redis_variables(settings: Settings, port: int) -> dict[str, str]:
    """Return the settings that a Redis on this port is for: those that name none yet."""
    given = {"REDIS_URL": settings.redis_url, "BROKER_URL": settings.broker_url}
    return {
        name: f"redis://{HOST}:{port}/{number}"
        for number, (name, url) in enumerate(given.items())
        if url is None
    }


def own_parts(bind: str, environment: Mapping[str, str]) -> tuple[Part, ...]:
    """Return the worker and the API; the API is ready when it answers."""
    host, port = parse_bind(bind)
    host = EVERYWHERE.get(host, host)
    return (
        Part("worker", (*COMMAND, "worker"), environment),
        Part(
            "api",
            (*COMMAND, "serve", "--bind", bind),
            environment,
            is_ready=lambda: is_answering(port, "/healthz", host),
            ready_seconds=API_SECONDS,
        ),
    )


def _show(name: str, line: str) -> None:
    out.print(Text.assemble((f"{name:<{NAME_WIDTH}} | ", STYLES[name]), line))


def _tell(bind: str, environment: Mapping[str, str]) -> None:
    out.print(f"\n[bold]http://{bind}[/bold] answers; Ctrl-C ends everything. ", end="")
    if environment:
        out.print("For commands in another terminal:")
    for name, value in environment.items():
        out.print(f"  export {name}={value}", markup=False)
    out.print()
