"""Servers for development on this machine, reachable from it alone."""

import http.client
import os
import shutil
import socket
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from hybrid_search.cli.parts import Part
from hybrid_search.errors import PartError

HOST = "127.0.0.1"
ANSWER_SECONDS = 2
ELASTICSEARCH_SECONDS = 180
ELASTICSEARCH_HEAP = "-Xms1g -Xmx1g"


def free_port() -> int:
    """Return a TCP port of this machine that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
    return port


def redis_part(port: int, environ: Mapping[str, str]) -> Part:
    """Return a Redis that keeps everything in memory.

    Raises:
        PartError: there is no `redis-server` on the PATH.
    """
    command = shutil.which("redis-server", path=environ.get("PATH", ""))
    if command is None:
        raise PartError(
            "no `redis-server` on the PATH: install it (apt-get install redis-server, brew install "
            "redis), or set HYBRID_SEARCH_REDIS_URL to a running one"
        )
    options = ("--bind", HOST, "--port", str(port), "--save", "", "--appendonly", "no")
    return Part("redis", (command, *options), is_ready=lambda: _is_redis(port))


def elasticsearch_part(
    distribution: Path, folder: Path, port: int, environ: Mapping[str, str]
) -> Part:
    """Return a node of its own cluster, without security, from an unpacked Elasticsearch.

    Args:
        distribution: the unpacked Elasticsearch; it is only read.
        folder: for its configuration, data and logs, kept from run to run.
        port: of HTTP.
        environ: our variables.

    Raises:
        PartError: the folder holds no Elasticsearch, or we are root, which it refuses.
    """
    command = (distribution / "bin" / "elasticsearch").absolute()
    if not command.is_file():
        raise PartError(f"{str(distribution)!r} is no unpacked Elasticsearch: it has no {command}")
    if os.geteuid() == 0:
        raise PartError("Elasticsearch refuses to run as root: run `hybrid-search up` as a user")
    _write_config(distribution, folder.absolute(), port)
    variables = {
        "ES_PATH_CONF": str(folder.absolute() / "config"),
        "ES_JAVA_OPTS": environ.get("ES_JAVA_OPTS", ELASTICSEARCH_HEAP),
    }
    return Part(
        "elasticsearch",
        (str(command),),
        variables,
        is_ready=lambda: is_answering(port, "/_cluster/health?wait_for_status=yellow&timeout=1s"),
        ready_seconds=ELASTICSEARCH_SECONDS,
    )


def is_answering(port: int, path: str, host: str = HOST) -> bool:
    """Return whether a GET request is answered with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _is_redis(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False


def _write_config(distribution: Path, folder: Path, port: int) -> None:
    config = folder / "config"
    if not config.is_dir():
        shutil.copytree(distribution / "config", config)
    settings = {
        "cluster.name": "hybrid_search-development",
        "discovery.type": "single-node",
        "network.host": HOST,
        "http.port": port,
        "transport.port": 0,
        "path.data": folder / "data",
        "path.logs": folder / "logs",
        "xpack.security.enabled": "false",
    }
    lines = [f"{name}: {value}\n" for name, value in settings.items()]
    (config / "elasticsearch.yml").write_text("".join(lines), encoding="utf-8")
