"""One Redis server on loopback, or the one that REDIS_URL names."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from tests.servers.free_port import free_port
from tests.servers.supervised_process import SupervisedProcess
from tests.servers.unprivileged_user import make_server_folder
from tests.servers.waiting import wait_until_ready

URL_VARIABLE = "REDIS_URL"
ANSWER_SECONDS = 2


class RedisUnavailableError(Exception):
    """The tests have no Redis; the text says what to do."""


class RedisServer:
    """A server that keeps nothing on disk and ends with the test run.

    Attributes:
        port: of loopback; give it to `start` again to bring a stopped server back.
        url: of its first database.
    """

    def __init__(self, process: SupervisedProcess, port: int) -> None:
        """Wrap a server that was started; use `RedisServer.start`."""
        self.process = process
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"

    @classmethod
    def start(cls, environ: Mapping[str, str], *, port: int | None = None) -> Self:
        """Start a server and return when it answers.

        Args:
            environ: its PATH is where `redis-server` is looked for.
            port: a free one when left out.

        Raises:
            RedisUnavailableError: there is no `redis-server` here.
            ServerNotReadyError: it ended or does not answer; ends with its log.
        """
        command = find_redis(environ)
        port = free_port() if port is None else port
        folder = make_server_folder("hybrid_search-redis-")
        options = {
            "--bind": "127.0.0.1",
            "--port": str(port),
            "--dir": str(folder),
            "--save": "",
            "--appendonly": "no",
        }
        process = SupervisedProcess(
            [command, *(part for option in options.items() for part in option)],
            folder=folder,
            environment={"PATH": environ.get("PATH", ""), "LANG": "C.UTF-8"},
            working_folder=folder,
        )
        server = cls(process, port)
        try:
            wait_until_ready(process, lambda: answering_process(server.url) == process.process_id)
        except BaseException:
            server.stop()
            raise
        return server

    def stop(self) -> None:
        """End the server; again is harmless."""
        self.process.stop()


@contextmanager
def running_redis(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the URL of an empty database: of the given server, or of one that ends with this.

    Raises:
        RedisUnavailableError: the given server does not answer or its database holds keys, or
            there is none given and no `redis-server` here.
    """
    given = environ.get(URL_VARIABLE, "").strip()
    if given:
        _check_given(given)
        yield given
        return
    server = RedisServer.start(environ)
    try:
        yield server.url
    finally:
        server.stop()


def empty_database(url: str) -> None:
    """Delete every key of the database."""
    with Redis.from_url(url, socket_timeout=ANSWER_SECONDS) as client:
        client.flushdb()


def find_redis(environ: Mapping[str, str]) -> str:
    """Return the path of `redis-server`.

    Raises:
        RedisUnavailableError: it is not on the PATH.
    """
    command = shutil.which("redis-server", path=environ.get("PATH", ""))
    if command is None:
        raise RedisUnavailableError(
            "no `redis-server` on the PATH, and tests never go without Redis: install it "
            f"(apt-get install redis-server), or name an empty database in {URL_VARIABLE}"
        )
    return str(Path(command))


def answering_process(url: str) -> int | None:
    """Return the process id of the server that answers, or None when none does."""
    try:
        with Redis.from_url(url, socket_timeout=ANSWER_SECONDS, retry=None) as client:
            return int(client.info("server")["process_id"])
    except RedisError:
        return None


def _check_given(url: str) -> None:
    try:
        with Redis.from_url(url, socket_timeout=ANSWER_SECONDS) as client:
            size = client.dbsize()
    except (RedisError, ValueError) as error:
        raise RedisUnavailableError(f"{URL_VARIABLE} does not answer as Redis: {error}") from error
    if size:
        raise RedisUnavailableError(
            f"the database of {URL_VARIABLE} holds {size} keys, and tests empty it: "
            "name an empty one (redis://HOST:PORT/NUMBER)"
        )
