"""Servers for development, really started."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from hybrid_search.cli.local_servers import (
    elasticsearch_part,
    free_port,
    is_answering,
    redis_part,
)
from hybrid_search.cli.parts import Part
from hybrid_search.errors import PartError
from tests.servers.elasticsearch_distribution import (
    RELEASES,
    DistributionError,
    cache_folder,
    cached_tree,
    fetch_tree,
)
from tests.servers.jdk import find_jdk
from tests.servers.supervised_process import SupervisedProcess
from tests.servers.unprivileged_user import make_server_folder, server_user
from tests.servers.waiting import wait_until_ready

# The bundle that the tests unpack has no such file; the others that it needs are there.
START_SCRIPT = """#!/bin/bash
CLI_NAME=server CLI_LIBS=lib/tools/server-cli source "$(dirname "$0")/elasticsearch-cli"
"""


@pytest.fixture
def server_folder() -> Iterator[Path]:
    folder = make_server_folder("hybrid_search-up-")
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def start(part: Part, folder: Path, **variables: str) -> SupervisedProcess:
    user = server_user()
    if user is not None:
        user.own(folder)
    return SupervisedProcess(
        part.command,
        folder=folder,
        environment={"PATH": os.environ["PATH"], **part.environment, **variables},
        working_folder=folder,
        user=user,
    )


def test_redis_is_ready_when_it_answers(server_folder: Path) -> None:
    port = free_port()
    part = redis_part(port, os.environ)
    assert not part.is_ready()
    process = start(part, server_folder)
    try:
        wait_until_ready(process, part.is_ready)
        with Redis(port=port, decode_responses=True) as client:
            assert client.config_get("save") == {"save": ""}
    finally:
        process.stop()
    assert not part.is_ready()


def test_machine_without_redis_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PartError, match=r"apt-get install redis-server.*HYBRID_SEARCH_REDIS_URL"):
        redis_part(1, {"PATH": str(tmp_path)})


def unpacked(target: Path) -> Path:
    """Return an Elasticsearch as its archive has it; the tests' own tree is only linked to."""
    release, cache = RELEASES[8], cache_folder(os.environ)
    try:
        tree = cached_tree(release, cache)
    except DistributionError:
        tree = fetch_tree(release, cache, os.environ)
    target.mkdir()
    for entry in tree.iterdir():
        (target / entry.name).symlink_to(entry)
    (target / "bin").unlink()
    shutil.copytree(tree / "bin", target / "bin")
    (target / "bin" / "elasticsearch").write_text(START_SCRIPT)
    (target / "bin" / "elasticsearch").chmod(0o755)
    return target


def test_elasticsearch_runs_from_an_unpacked_folder_and_writes_into_its_own(
    server_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distribution = unpacked(server_folder / "distribution")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    port = free_port()
    part = elasticsearch_part(
        distribution, server_folder / "up", port, {"ES_JAVA_OPTS": "-Xms512m -Xmx512m"}
    )
    monkeypatch.undo()
    assert not part.is_ready()
    process = start(part, server_folder, ES_JAVA_HOME=str(find_jdk(os.environ)))
    try:
        wait_until_ready(process, part.is_ready)
        assert is_answering(port, "/_cluster/settings")
        assert (server_folder / "up" / "data").is_dir()
    finally:
        process.stop()


def test_folder_without_elasticsearch_is_named(tmp_path: Path) -> None:
    with pytest.raises(PartError, match="is no unpacked Elasticsearch"):
        elasticsearch_part(tmp_path, tmp_path / "up", 1, {})


def test_root_is_told_that_elasticsearch_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "elasticsearch").touch()
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(PartError, match="refuses to run as root"):
        elasticsearch_part(tmp_path, tmp_path / "up", 1, {})
    assert not (tmp_path / "up").exists()
