"""`hybrid-search up`: what it makes of settings and options."""

import re
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hybrid_search.cli import up
from hybrid_search.cli.parts import Part
from tests.cli.conftest import Command

GIVEN = "redis://127.0.0.1:1/0"
ANYWHERE = ("up", "--bind", "127.0.0.1:0")


@pytest.fixture
def stacks(monkeypatch: pytest.MonkeyPatch) -> list[list[Part]]:
    """The parts that the command would have run, as if all of them were ready."""
    calls: list[list[Part]] = []

    def run_parts(
        parts: Sequence[Part], show: Callable[[str, str], None], when_ready: Callable[[], None]
    ) -> None:
        calls.append(list(parts))
        for part in parts:
            show(part.name, "a [line]")
        when_ready()

    monkeypatch.setattr(up, "run_parts", run_parts)
    return calls


def test_without_settings_redis_is_started_for_snapshots_and_tasks(
    command: Command, stacks: list[list[Part]]
) -> None:
    outcome = command(*ANYWHERE)
    redis, worker, api = stacks[0]
    assert [redis.name, worker.name, api.name] == ["redis", "worker", "api"]
    port = redis.command[redis.command.index("--port") + 1]
    variables = {
        "HYBRID_SEARCH_REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "HYBRID_SEARCH_BROKER_URL": f"redis://127.0.0.1:{port}/1",
    }
    assert worker.environment == api.environment == variables
    assert worker.command[-1] == "worker"
    assert api.command[-3:-1] == ("serve", "--bind")
    for name, value in variables.items():
        assert f"  export {name}={value}\n" in outcome.out


def test_lines_carry_the_name_of_their_part(command: Command, stacks: list[list[Part]]) -> None:
    outcome = command(*ANYWHERE)
    assert outcome.out.splitlines()[: len(stacks[0])] == [
        "redis         | a [line]",
        "worker        | a [line]",
        "api           | a [line]",
    ]


def test_servers_that_settings_name_are_not_started(
    command: Command, stacks: list[list[Part]]
) -> None:
    outcome = command(*ANYWHERE, REDIS_URL=GIVEN, BROKER_URL=GIVEN)
    assert [part.name for part in stacks[0]] == ["worker", "api"]
    assert "export" not in outcome.out
    command(*ANYWHERE, REDIS_URL=GIVEN)
    redis, worker, _ = stacks[1]
    assert redis.name == "redis"
    assert list(worker.environment) == ["HYBRID_SEARCH_BROKER_URL"]


def test_elasticsearch_of_a_folder_is_what_the_others_use(
    command: Command, stacks: list[list[Part]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "es" / "bin").mkdir(parents=True)
    (folder / "es" / "config").mkdir()
    (folder / "es" / "bin" / "elasticsearch").touch()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    command(*ANYWHERE, "--elasticsearch", "es", REDIS_URL=GIVEN, BROKER_URL=GIVEN)
    elasticsearch, worker, api = stacks[0]
    assert elasticsearch.name == "elasticsearch"
    config = (folder / ".cache" / "up" / "config" / "elasticsearch.yml").read_text()
    port = re.search(r"^http\.port: (\d+)$", config, re.MULTILINE)
    assert port is not None
    url = {"HYBRID_SEARCH_ENGINE_URL": f"http://127.0.0.1:{port[1]}"}
    assert worker.environment == api.environment == url


def test_port_in_use_is_told_before_anything_starts(
    command: Command, stacks: list[list[Part]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        outcome = command("up", "--bind", f"127.0.0.1:{other.getsockname()[1]}")
    assert outcome.code == 1
    assert outcome.err.startswith("cannot_listen: ")
    assert stacks == []


def test_machine_without_redis_is_told_what_to_do(
    command: Command, stacks: list[list[Part]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    outcome = command(*ANYWHERE)
    assert outcome.code == 1
    assert outcome.err.startswith("part_failed: no `redis-server` on the PATH: ")
    assert stacks == []
