"""One Elasticsearch node on loopback, from an unpacked release, without Docker."""

import secrets
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.servers.elasticsearch_rest import Credentials, wait_for_health
from tests.servers.supervised_process import SupervisedProcess
from tests.servers.unprivileged_user import UnprivilegedUser, make_server_folder, server_user

LAUNCHER_OPTIONS = ("-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:-UsePerfData")
FOLDER_PREFIX = "hybrid_search-node-"


class ElasticsearchNode:
    """A node of its own cluster, with its own ports, config, data and logs.

    It chooses free ports itself and writes them into its log folder, so that no other process
    can take them between choosing and using.
    """

    def __init__(self, process: SupervisedProcess, credentials: Credentials | None = None) -> None:
        """Wrap a node that was started; use `ElasticsearchNode.start`."""
        self.process = process
        self.credentials = credentials

    @classmethod
    def start(
        cls,
        tree: Path,
        java_home: Path,
        *,
        heap_mb: int = 512,
        is_secured: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> Self:
        """Start a node and return at once; `with` and `wait_until_ready` wait for it.

        Args:
            tree: the unpacked release; it is only read.
            java_home: a JDK of version 21 or later.
            heap_mb: the process takes about 300 MB more.
            is_secured: turn security on, with a random password for the user `elastic`.
            settings: further lines of `elasticsearch.yml`; they win over the node's own.
        """
        user = server_user()
        folder = make_server_folder(FOLDER_PREFIX)
        credentials = Credentials("elastic", secrets.token_hex(16)) if is_secured else None
        try:
            environment = _environment(tree, java_home, folder, heap_mb)
            _write_config(tree, folder, {**_settings(folder, is_secured), **(settings or {})})
            if user is not None:
                user.own(folder)
            if credentials is not None:
                _create_keystore(tree, environment, credentials, user)
        except BaseException:
            shutil.rmtree(folder)
            raise
        process = SupervisedProcess(
            _launch_command(tree, java_home, folder),
            folder=folder,
            environment=environment,
            working_folder=tree,
            user=user,
        )
        return cls(process, credentials)

    @property
    def url(self) -> str:
        """Where the node answers, once it is ready; without credentials."""
        return f"http://{self._ports_file.read_text(encoding='utf-8').split()[0]}"

    def failure(self) -> str | None:
        """Return why the node will never answer, or None while it may."""
        if self.process.is_running:
            return None
        return f"the Elasticsearch node in {self.process.folder} ended while it was starting"

    def console_tail(self) -> str:
        """Return the last lines of the node's log."""
        return self.process.console_tail()

    def wait_until_ready(self) -> None:
        """Return when the node answers searches.

        Raises:
            ServerNotReadyError: it ended or is not ready after 120 seconds; ends with its log.
        """
        wait_for_health(self)

    def stop(self) -> None:
        """End the node, its launcher first, and remove its folder; again is harmless."""
        self.process.stop()

    def __enter__(self) -> Self:
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _ports_file(self) -> Path:
        return self.process.folder / "logs" / "http.ports"


def _settings(folder: Path, is_secured: bool) -> dict[str, str]:  # noqa: FBT001 - private
    return {
        "cluster.name": folder.name,
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": "0",
        "transport.port": "0",
        "node.portsfile": "true",
        "path.data": str(folder / "data"),
        "path.logs": str(folder / "logs"),
        "cluster.routing.allocation.disk.threshold_enabled": "false",
        "xpack.security.enabled": str(is_secured).lower(),
    }


def _write_config(tree: Path, folder: Path, settings: Mapping[str, str]) -> None:
    shutil.copytree(tree / "config", folder / "config")
    for name in ("data", "logs", "tmp"):
        (folder / name).mkdir()
    lines = [f"{name}: {value}\n" for name, value in settings.items()]
    (folder / "config" / "elasticsearch.yml").write_text("".join(lines), encoding="utf-8")


def _environment(tree: Path, java_home: Path, folder: Path, heap_mb: int) -> dict[str, str]:
    """Return all variables of the node: those of the test run could change what is tested."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "ES_HOME": str(tree),
        "ES_PATH_CONF": str(folder / "config"),
        "ES_TMPDIR": str(folder / "tmp"),
        "ES_JAVA_HOME": str(java_home),
        "ES_JAVA_OPTS": f"-Xms{heap_mb}m -Xmx{heap_mb}m -XX:-UsePerfData",
        "ES_DISTRIBUTION_TYPE": "tar",
        "JAVA": str(java_home / "bin" / "java"),
        "JAVA_TYPE": "ES_JAVA_HOME",
        "CLI_JAVA_OPTS": f"-XX:-UsePerfData -Djava.io.tmpdir={folder / 'tmp'}",
    }


def _launch_command(tree: Path, java_home: Path, folder: Path) -> list[str]:
    """Return the command of the server's launcher, which has another home in each major."""
    java = [
        str(java_home / "bin" / "java"),
        *LAUNCHER_OPTIONS,
        f"-Djava.io.tmpdir={folder / 'tmp'}",
    ]
    server_launcher = tree / "lib" / "tools" / "server-launcher"
    if server_launcher.is_dir():
        launcher = "org.elasticsearch.server.launcher.ServerLauncher"
        return [*java, "-cp", f"{server_launcher}/*", launcher]
    return [
        *java,
        "-Dcli.name=server",
        f"-Dcli.script={tree}/bin/elasticsearch",
        "-Dcli.libs=lib/tools/server-cli",
        f"-Des.path.home={tree}",
        f"-Des.path.conf={folder}/config",
        "-Des.distribution.type=tar",
        "-Des.java.type=ES_JAVA_HOME",
        "-cp",
        f"{tree}/lib/*:{tree}/lib/cli-launcher/*",
        "org.elasticsearch.launcher.CliToolLauncher",
    ]


def _create_keystore(
    tree: Path,
    environment: Mapping[str, str],
    credentials: Credentials,
    user: UnprivilegedUser | None,
) -> None:
    """Put the password of the first user into the node's keystore, as the node's user."""
    for arguments in (["create"], ["add", "--stdin", "bootstrap.password"]):
        subprocess.run(
            ["bash", "bin/elasticsearch-cli", *arguments],
            cwd=tree,
            env={**environment, "CLI_NAME": "keystore", "CLI_LIBS": "lib/tools/keystore-cli"},
            input=credentials.password,
            user=user.user_id if user else None,
            group=user.group_id if user else None,
            extra_groups=[] if user else None,
            capture_output=True,
            text=True,
            check=True,
        )
