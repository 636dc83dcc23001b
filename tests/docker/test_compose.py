"""docker-compose.yml: what it promises, and its commands on real servers of ours."""

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from redis import Redis

from hybrid_search.bootstrap import open_engine
from hybrid_search.cli.local_servers import free_port
from hybrid_search.settings import PREFIX, Settings
from tests.docker.dockerfile import read_dockerfile, values
from tests.servers.elasticsearch_distribution import RELEASES
from tests.servers.elasticsearch_rest import ElasticsearchServer
from tests.servers.postgresql_server import find_programs
from tests.servers.supervised_process import SupervisedProcess
from tests.servers.unprivileged_user import make_server_folder
from tests.servers.waiting import wait_until_ready

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("api", "worker")
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)")


def example_variables() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_all_parts_of_the_stack_are_there() -> None:
    assert set(SERVICES) == {"api", "worker", "elasticsearch", "redis", "postgres"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check_and_comes_back_after_a_crash(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    if name in OURS:
        dockerfile = "Dockerfile.worker" if name == "worker" else "Dockerfile"
        assert values(read_dockerfile(ROOT / dockerfile), "HEALTHCHECK")
    else:
        assert service["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS)
def test_our_services_wait_until_the_servers_are_healthy(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        server: {"condition": "service_healthy"}
        for server in ("elasticsearch", "redis", "postgres")
    }


def test_what_the_servers_keep_is_in_volumes_of_their_own() -> None:
    for name in ("elasticsearch", "redis", "postgres"):
        (volume,) = SERVICES[name]["volumes"]
        assert volume.split(":")[0] == name
    assert set(COMPOSE["volumes"]) == {"elasticsearch", "redis", "postgres"}


def test_nothing_is_published_beyond_loopback() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all("127.0.0.1:" in port for port in ports)
    assert "ports" not in SERVICES["redis"]
    assert "ports" not in SERVICES["postgres"]


def test_no_password_is_in_the_file_and_none_may_be_missing() -> None:
    for line in TEXT.splitlines():
        if "PASSWORD" in line and "healthcheck" not in line and "$$" not in line:
            assert "PASSWORD:?" in line, line
    passwords = {name: value for name, value in example_variables().items() if "PASSWORD" in name}
    assert passwords == {"ELASTIC_PASSWORD": "", "POSTGRES_PASSWORD": ""}


def test_variables_of_the_example_are_those_that_the_file_reads() -> None:
    assert set(example_variables()) == set(VARIABLE.findall(TEXT))


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_given_settings_that_exist(name: str) -> None:
    known = {f"{PREFIX}{setting.upper()}" for setting in Settings.model_fields}
    assert set(SERVICES[name]["environment"]) <= known


@pytest.mark.parametrize("name", OURS)
def test_grace_of_the_end_is_longer_than_that_of_the_service(name: str) -> None:
    seconds = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
    assert seconds > Settings().serve_graceful_timeout_s


def test_elasticsearch_is_the_version_that_the_tests_run_on() -> None:
    assert SERVICES["elasticsearch"]["image"].endswith(f":{RELEASES[9].version}")


def test_redis_runs_with_the_options_of_the_file() -> None:
    port = free_port()
    folder = make_server_folder("hybrid_search-compose-")
    command = shlex.split(SERVICES["redis"]["command"])
    process = SupervisedProcess(
        [*command, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)],
        folder=folder,
        environment={"PATH": os.environ["PATH"]},
        working_folder=folder,
    )
    program, *arguments = SERVICES["redis"]["healthcheck"]["test"][1:]
    health = [program, "-p", str(port), *arguments]
    try:
        wait_until_ready(process, lambda: "PONG" in run(health).stdout)
        with Redis(port=port, decode_responses=True) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-ttl"}
            assert client.config_get("appendonly") == {"appendonly": "yes"}
    finally:
        process.stop()


def test_health_of_postgresql_is_asked_for_as_the_file_does(postgresql_server_url: str) -> None:
    address = urlsplit(postgresql_server_url)
    program, *arguments = SERVICES["postgres"]["healthcheck"]["test"][1:]
    command = [str(find_programs(os.environ) / program), "--host=127.0.0.1"]
    assert run([*command, f"--port={address.port}", *arguments]).returncode == 0
    assert run([*command, f"--port={free_port()}", *arguments]).returncode != 0


def test_health_of_elasticsearch_is_asked_for_as_the_file_does(
    secured_elasticsearch: ElasticsearchServer,
) -> None:
    kind, script = SERVICES["elasticsearch"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    script = script.replace("$$", "$")
    script = script.replace("http://localhost:9200", secured_elasticsearch.url)
    assert secured_elasticsearch.credentials is not None
    password = secured_elasticsearch.credentials.password
    assert run(["sh", "-c", script], ELASTIC_PASSWORD=password).returncode == 0
    assert run(["sh", "-c", script], ELASTIC_PASSWORD="wrong").returncode != 0  # noqa: S106


def test_our_services_reach_elasticsearch_with_the_password_in_the_address(
    secured_elasticsearch: ElasticsearchServer,
) -> None:
    assert secured_elasticsearch.credentials is not None
    address = urlsplit(secured_elasticsearch.url).netloc
    for name in OURS:
        url = SERVICES[name]["environment"]["HYBRID_SEARCH_ENGINE_URL"]
        url = re.sub(
            r"\$\{ELASTIC_PASSWORD[^}]*\}", secured_elasticsearch.credentials.password, url
        )
        engine = open_engine(Settings(engine_url=url.replace("elasticsearch:9200", address)))
        try:
            assert engine.health().problems == ()
        finally:
            engine.close()


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
