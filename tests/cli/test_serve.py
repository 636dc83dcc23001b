"""`hybrid-search serve`: what it makes of its options."""

import socket
from typing import Any

import pytest

from hybrid_search.cli.available_cores import available_cores
from hybrid_search.cli.http_server import ServerOptions
from tests.cli.conftest import Command

REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ServerOptions]]:
    """What the command would have run."""
    calls: list[tuple[str, ServerOptions]] = []

    def run_server(application: str, options: Any) -> None:
        calls.append((application, options))

    monkeypatch.setattr("hybrid_search.cli.http_server.run_server", run_server)
    return calls


def test_defaults_are_safe(command: Command, started: list[tuple[str, ServerOptions]]) -> None:
    outcome = command("serve")
    assert outcome.err == ""
    assert started == [("hybrid_search.api.wsgi:app", ServerOptions("127.0.0.1:8000", 1, 8, 30))]


def test_with_redis_there_is_a_process_a_core(
    command: Command, started: list[tuple[str, ServerOptions]]
) -> None:
    assert command("serve", REDIS_URL=REDIS).err == ""
    assert started[0][1].workers == available_cores()


def test_settings_win_over_defaults_and_options_over_settings(
    command: Command, started: list[tuple[str, ServerOptions]]
) -> None:
    settings = {
        "SERVE_BIND": "0.0.0.0:1",
        "SERVE_WORKERS": "3",
        "SERVE_THREADS": "5",
        "SERVE_GRACEFUL_TIMEOUT_S": "7",
        "REDIS_URL": REDIS,
    }
    command("serve", **settings)
    command("serve", "--bind", "[::]:2", "--workers", "4", "--threads", "6", **settings)
    assert [options for _, options in started] == [
        ServerOptions("0.0.0.0:1", 3, 5, 7),
        ServerOptions("[::]:2", 4, 6, 7),
    ]


def test_several_processes_without_redis_are_warned_of(
    command: Command, started: list[tuple[str, ServerOptions]]
) -> None:
    outcome = command("serve", "--workers", "2")
    assert "2 processes keep their own snapshots" in outcome.err
    assert "HYBRID_SEARCH_REDIS_URL" in outcome.err
    assert started[0][1].workers == 2


def test_port_in_use_is_one_clear_line(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        outcome = command("serve", "--bind", address)
    assert outcome.code == 1
    assert outcome.err == (
        f"cannot_listen: cannot listen on {address}: another program listens there; stop it, or "
        "give another --bind\n"
    )
