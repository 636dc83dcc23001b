"""One Elasticsearch server in a Docker container, published on loopback."""

import secrets
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.servers.elasticsearch_rest import Credentials, wait_for_health
from tests.servers.supervised_process import SupervisedProcess
from tests.servers.unprivileged_user import make_server_folder

INFO_SECONDS = 30
PULL_SECONDS = 1200


class DockerError(Exception):
    """No container can be run here; the text says why."""


def pull_image(version: str, environ: Mapping[str, str]) -> str:
    """Return the name of the official image after making sure that it is here.

    Raises:
        DockerError: there is no `docker`, no engine answers it, or the image cannot be had.
    """
    if shutil.which("docker", path=environ.get("PATH", "")) is None:
        raise DockerError("no `docker` on the PATH")
    engine = _docker(["info", "--format", "{{.ServerVersion}}"], environ, INFO_SECONDS)
    if engine.returncode != 0 or not engine.stdout.strip():
        raise DockerError(f"no engine answers `docker info`: {engine.stderr.strip()}")
    image = f"elasticsearch:{version}"
    if _docker(["image", "inspect", image], environ, INFO_SECONDS).returncode == 0:
        return image
    pulled = _docker(["pull", "--quiet", image], environ, PULL_SECONDS)
    if pulled.returncode != 0:
        raise DockerError(f"cannot pull {image}: {pulled.stderr.strip()}")
    return image


class ElasticsearchContainer:
    """A container that its supervisor stops, and that removes itself when it is stopped."""

    def __init__(
        self,
        process: SupervisedProcess,
        credentials: Credentials | None,
        environ: Mapping[str, str],
    ) -> None:
        """Wrap a container that was started; use `ElasticsearchContainer.start`."""
        self.process = process
        self.name = process.folder.name
        self.credentials = credentials
        self._environ = environ

    @classmethod
    def start(
        cls,
        image: str,
        environ: Mapping[str, str],
        *,
        heap_mb: int = 512,
        is_secured: bool = False,
    ) -> Self:
        """Start a container and return at once; `wait_until_ready` waits for it.

        Args:
            image: as `pull_image` returned it.
            environ: the variables of the `docker` command.
            heap_mb: the server's heap.
            is_secured: turn security on, with a random password for the user `elastic`.
        """
        folder = make_server_folder("hybrid_search-container-")
        credentials = Credentials("elastic", secrets.token_hex(16)) if is_secured else None
        process = SupervisedProcess(
            run_command(image, folder.name, heap_mb=heap_mb, credentials=credentials),
            folder=folder,
            environment=environ,
            working_folder=Path("/"),
        )
        return cls(process, credentials, environ)

    @property
    def url(self) -> str:
        """Where the server answers; without credentials.

        Raises:
            OSError: the container's port is not published yet.
        """
        published = _docker(["port", self.name, "9200/tcp"], self._environ, INFO_SECONDS)
        if published.returncode != 0 or not published.stdout.strip():
            raise OSError(f"container {self.name} has no port yet: {published.stderr.strip()}")
        return f"http://{published.stdout.split()[0]}"

    def failure(self) -> str | None:
        """Return why the server will never answer, or None while it may."""
        return None if self.process.is_running else f"the container {self.name} ended"

    def console_tail(self) -> str:
        """Return the last lines of the container's log."""
        return self.process.console_tail()

    def wait_until_ready(self) -> None:
        """Return when the server answers searches.

        Raises:
            ServerNotReadyError: it ended or is not ready after 120 seconds; ends with its log.
        """
        wait_for_health(self)

    def stop(self) -> None:
        """End the container and remove it; again is harmless."""
        self.process.stop()
        _docker(["rm", "--force", "--volumes", self.name], self._environ, INFO_SECONDS)


def run_command(
    image: str, name: str, *, heap_mb: int, credentials: Credentials | None
) -> list[str]:
    """Return the command that runs the server in the foreground, where a signal ends it."""
    variables = {
        "discovery.type": "single-node",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
        "ES_JAVA_OPTS": f"-Xms{heap_mb}m -Xmx{heap_mb}m",
        "xpack.security.enabled": "true" if credentials else "false",
    }
    if credentials is not None:
        variables["ELASTIC_PASSWORD"] = credentials.password
        variables["xpack.security.http.ssl.enabled"] = "false"
    options = [f"--env={variable}={value}" for variable, value in variables.items()]
    return ["docker", "run", "--rm", f"--name={name}", "--publish=127.0.0.1::9200", *options, image]


def _docker(
    arguments: list[str], environ: Mapping[str, str], seconds: float
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["docker", *arguments],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DockerError(f"`docker {arguments[0]}` took over {seconds} seconds") from error
