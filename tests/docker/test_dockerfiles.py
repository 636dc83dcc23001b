"""The steps of the images, run without a Docker engine: same sources, same commands."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hybrid_search.cli.local_servers import free_port
from tests.cli.running_service import RunningService, running_service
from tests.docker.dockerfile import Instruction, read_dockerfile, values, variables
from tests.servers.supervised_process import SupervisedProcess
from tests.servers.unprivileged_user import make_server_folder
from tests.servers.waiting import wait_until_ready

ROOT = Path(__file__).parents[2]
PREFIX = "/opt/hybrid_search"
API = read_dockerfile(ROOT / "Dockerfile")
WORKER = read_dockerfile(ROOT / "Dockerfile.worker")


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `COPY . .` copies: all that .dockerignore does not leave out."""
    folder = tmp_path_factory.mktemp("context")
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines, "everything is left out but what is named"
    for name in (line.removeprefix("!") for line in lines if line.startswith("!")):
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored)
        elif source.exists():
            shutil.copy(source, folder)
    return folder


@pytest.fixture(scope="module")
def installed(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first RUN instruction of the API's image put everything.

    uv stands in for pip, because it keeps what it has downloaded once.
    """
    prefix = tmp_path_factory.mktemp("image") / "hybrid_search"
    (run,) = [one for one in API if one.name == "RUN" and "pip install" in one.value]
    script = re.sub(r"(?<![\w/])python(?= -m)", sys.executable, run.script)
    uv = Path(sys.executable).with_name("uv")
    installing = f"{uv} pip install --quiet --python {prefix}/bin/python"
    script = script.replace(f"{PREFIX}/bin/pip install", installing).replace(PREFIX, str(prefix))
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=context,
        env={**os.environ, "UV_SYSTEM_CERTS": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return prefix


@pytest.fixture
def api(installed: Path) -> Iterator[RunningService]:
    """The API's image as it starts, on a port of its own."""
    port = free_port()
    folder = make_server_folder("hybrid_search-image-")
    environment = {
        name: value.replace(PREFIX, str(installed)).replace("$PATH", os.defpath)
        for name, value in variables(API).items()
    }
    bind = environment["HYBRID_SEARCH_SERVE_BIND"]
    environment["HYBRID_SEARCH_SERVE_BIND"] = f"127.0.0.1:{port}"
    assert bind == "0.0.0.0:8000", "the port that EXPOSE, HEALTHCHECK and compose name"
    program, *arguments = next(one for one in API if one.name == "CMD").command
    process = SupervisedProcess(
        [str(installed / "bin" / program), *arguments],
        folder=folder,
        environment={**environment, "HOME": str(folder)},
        working_folder=folder,
    )
    try:
        yield RunningService(process)
    finally:
        process.stop()


def check_health(installed: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Run what HEALTHCHECK runs, on another port than that of the image."""
    health = next(one for one in API if one.name == "HEALTHCHECK")
    program, *arguments = replace(health, value=health.value.replace("8000", str(port))).command
    return subprocess.run(
        [installed / "bin" / program, *arguments], capture_output=True, text=True, check=False
    )


def test_image_of_the_api_answers_is_healthy_and_stops_when_told(
    api: RunningService, installed: Path
) -> None:
    port = api.port
    done = check_health(installed, port)
    assert done.returncode == 0, done.stderr
    assert b"openapi" in api.get("/openapi.json")
    api.send(signal.SIGTERM)
    api.wait_until_ended()
    assert "Traceback" not in api.console
    assert check_health(installed, port).returncode != 0


def test_image_of_the_api_has_no_torch_and_speaks_to_postgresql(installed: Path) -> None:
    code = "import importlib.util as u; print([bool(u.find_spec(n)) for n in ('torch', 'psycopg')])"
    asked = subprocess.run(
        [installed / "bin" / "python", "-c", code], capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == "[False, True]"


def test_health_of_the_worker_is_asked_for_as_its_image_does(
    redis_url: str, tmp_path: Path
) -> None:
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOSTNAME": socket.gethostname(),
        "HYBRID_SEARCH_BROKER_URL": redis_url,
        "HYBRID_SEARCH_ENGINE_URL": f"sqlite:///{tmp_path / 'shop.db'}",
        "HYBRID_SEARCH_DATABASE_URL": f"sqlite:///{tmp_path / 'state.db'}",
    }
    health = next(one for one in WORKER if one.name == "HEALTHCHECK")
    script = health.value.partition("CMD ")[2]

    def is_healthy(process_id: int) -> bool:
        asked = script.replace("worker-1@", f"worker-{process_id}@").replace("10", "2")
        done = subprocess.run(
            ["sh", "-c", asked], env=environment, cwd=tmp_path, capture_output=True, check=False
        )
        return done.returncode == 0

    program, *arguments = next(one for one in WORKER if one.name == "CMD").command
    with running_service(["-m", "hybrid_search.cli", *arguments], environment) as service:
        assert program == "hybrid-search"
        wait_until_ready(service.process, lambda: is_healthy(service.process.process_id))
        assert not is_healthy(1)


def test_image_of_the_worker_is_made_by_the_same_steps() -> None:
    """Torch is too large to be installed here once more; all else is compared."""
    assert variables(API).items() > variables(WORKER).items()
    for name in ("FROM", "COPY", "USER", "WORKDIR", "VOLUME"):
        assert values(API, name) == values(WORKER, name)

    def scripts(instructions: list[Instruction]) -> list[str]:
        return [one.script for one in instructions if one.name == "RUN"]

    same = [
        script.replace("PIP_EXTRA_INDEX_URL=$TORCH_INDEX ", "").replace(",torch]", "]")
        for script in scripts(WORKER)
    ]
    assert same == scripts(API)


@pytest.mark.parametrize("instructions", [API, WORKER], ids=["api", "worker"])
def test_command_of_an_image_exists(instructions: list[Instruction]) -> None:
    program, command = next(one for one in instructions if one.name == "CMD").command
    done = subprocess.run(
        [Path(sys.executable).with_name(program), command, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("instructions", [API, WORKER], ids=["api", "worker"])
def test_image_does_not_run_as_root(instructions: list[Instruction]) -> None:
    names = [one.name for one in instructions]
    assert names.index("USER") < names.index("CMD")
    assert values(instructions, "USER") == ["hybrid_search"]


def test_extras_of_the_images_exist() -> None:
    setup = (ROOT / "setup.cfg").read_text()
    for instructions in (API, WORKER):
        for run in values(instructions, "RUN"):
            for names in re.findall(r"'\.\[([\w,]+)\]'", run):
                assert all(f"\n{name} =\n" in setup for name in names.split(","))
