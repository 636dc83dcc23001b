"""`hybrid-search serve`: what it makes of its options."""

import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from hybrid_search.cli.available_cores import available_cores
from hybrid_search.cli.http_server import ServerOptions
from hybrid_search.settings import Settings
from tests.cli.conftest import Command

REDIS = "redis://127.0.0.1:1/0"
ANYWHERE = ("serve", "--bind", "127.0.0.1:0")


@dataclass(frozen=True)
class Started:
    """What the command would have run."""

    application: str
    address: tuple[str, int]
    options: ServerOptions


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Started]:
    calls: list[Started] = []

    def run_server(application: str, listener: socket.socket, options: ServerOptions) -> None:
        calls.append(Started(application, listener.getsockname()[:2], options))

    monkeypatch.setattr("hybrid_search.cli.http_server.run_server", run_server)
    return calls


def test_defaults_are_safe(command: Command, started: list[Started]) -> None:
    assert Settings().serve_bind == "127.0.0.1:8000"
    assert command(*ANYWHERE).err == ""
    assert started[0].application == "hybrid_search.api.wsgi:app"
    assert started[0].options == ServerOptions(workers=1, threads=8, graceful_timeout_s=30)


def test_with_redis_there_is_a_process_a_core(command: Command, started: list[Started]) -> None:
    assert command(*ANYWHERE, REDIS_URL=REDIS).err == ""
    assert started[0].options.workers == available_cores()


def test_settings_win_over_defaults_and_options_over_settings(
    command: Command, started: list[Started]
) -> None:
    settings = {
        "SERVE_BIND": "127.0.0.1:0",
        "SERVE_WORKERS": "3",
        "SERVE_THREADS": "5",
        "SERVE_GRACEFUL_TIMEOUT_S": "7",
        "REDIS_URL": REDIS,
    }
    command("serve", **settings)
    command("serve", "--bind", "[::1]:0", "--workers", "4", "--threads", "6", **settings)
    assert [(one.address[0], one.options) for one in started] == [
        ("127.0.0.1", ServerOptions(3, 5, 7)),
        ("::1", ServerOptions(4, 6, 7)),
    ]


def test_several_processes_without_redis_are_warned_of(
    command: Command, started: list[Started]
) -> None:
    outcome = command(*ANYWHERE, "--workers", "2")
    assert "2 processes keep their own snapshots" in outcome.err
    assert "HYBRID_SEARCH_REDIS_URL" in outcome.err
    assert started[0].options.workers == 2


def test_database_is_made_ready_before_the_processes_start(
    command: Command, started: list[Started]
) -> None:
    assert command("database", "check").code == 1
    assert command(*ANYWHERE).code == 0
    assert len(started) == 1
    assert command("database", "check").code == 0


def test_service_starts_though_the_database_is_away(
    command: Command, started: list[Started]
) -> None:
    outcome = command(*ANYWHERE, DATABASE_URL="postgresql://user:secret@127.0.0.1:1/name")
    assert len(started) == 1
    assert "warning: " in outcome.err
    assert "run `hybrid-search database upgrade` when it is back" in outcome.err
    assert "secret" not in outcome.err


def test_database_that_cannot_be_used_stops_the_start(
    command: Command, started: list[Started], folder: Path
) -> None:
    (folder / "other.db").write_text("this is no database " * 100)
    outcome = command(*ANYWHERE, DATABASE_URL="sqlite:///other.db")
    assert outcome.code == 1
    assert outcome.err.startswith("database_error: ")
    assert started == []


def test_port_in_use_is_one_clear_line(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        outcome = command("serve", "--bind", address)
    assert outcome.code == 1
    assert outcome.err == (
        f"cannot_listen: cannot listen on {address}: another program listens there; stop it, or "
        "give another --bind\n"
    )
