"""One PostgreSQL server on loopback, or the one that POSTGRESQL_URL names."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.servers.free_port import free_port
from tests.servers.supervised_process import SupervisedProcess
from tests.servers.unprivileged_user import (
    UnprivilegedUser,
    is_reachable,
    make_server_folder,
    server_user,
)
from tests.servers.waiting import wait_until_ready

URL_VARIABLE = "POSTGRESQL_URL"
PROGRAM_FOLDERS = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin")
ANSWER_SECONDS = 5
USER = "hybrid_search"


class PostgresqlUnavailableError(Exception):
    """The tests have no PostgreSQL; the text says what to do."""


class PostgresqlServer:
    """A server with a superuser of its own that ends with the test run.

    Attributes:
        port: of loopback.
        url: of its database `postgres`, with user and password.
    """

    def __init__(self, process: SupervisedProcess, port: int, password: str) -> None:
        """Wrap a server that was started; use `PostgresqlServer.start`."""
        self.process = process
        self.port = port
        self.url = f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"

    @classmethod
    def start(cls, environ: Mapping[str, str]) -> Self:
        """Make a cluster of databases, start a server on it and return when it answers.

        Raises:
            PostgresqlUnavailableError: PostgreSQL's programs are not here.
            ServerNotReadyError: it ended or does not answer; ends with its log.
        """
        programs = find_programs(environ)
        user = server_user()
        folder = make_server_folder("hybrid_search-postgresql-")
        password = secrets.token_hex(16)
        environment = {"PATH": str(programs), "LANG": "C.UTF-8", "HOME": str(folder)}
        try:
            _create_cluster(programs, folder, password, environment, user)
        except BaseException:
            shutil.rmtree(folder)
            raise
        port = free_port()
        process = SupervisedProcess(
            _server_command(programs, folder, port),
            folder=folder,
            environment=environment,
            working_folder=folder,
            user=user,
            # SIGTERM would wait for clients to go.
            stop_signal=signal.SIGINT,
        )
        server = cls(process, port, password)
        try:
            wait_until_ready(process, lambda: _is_answering(server.url))
        except BaseException:
            server.stop()
            raise
        return server

    def stop(self) -> None:
        """End the server and remove its databases; again is harmless."""
        self.process.stop()


@contextmanager
def running_postgresql(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the URL of the given server, or of one that ends with this.

    Raises:
        PostgresqlUnavailableError: the given server does not answer, or there is none given and
            PostgreSQL's programs are not here.
    """
    given = environ.get(URL_VARIABLE, "").strip()
    if given:
        if not _is_answering(given):
            raise PostgresqlUnavailableError(
                f"the server of {URL_VARIABLE} does not answer; its user has to be one who may "
                "create databases (postgresql://USER:PASSWORD@HOST:PORT/postgres)"
            )
        yield given
        return
    server = PostgresqlServer.start(environ)
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Yield the URL of a new, empty database, which is dropped with this, connections and all."""
    name = f"hybrid_search_test_{secrets.token_hex(8)}"
    _administer(server_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        _administer(server_url, drop)


def find_programs(environ: Mapping[str, str], folders: tuple[str, ...] = PROGRAM_FOLDERS) -> Path:
    """Return the folder of `initdb` and `postgres`: on the PATH, or the newest version's.

    Raises:
        PostgresqlUnavailableError: they are not here, or where the server's user cannot go.
    """
    on_path = shutil.which("initdb", path=environ.get("PATH", ""))
    found = [Path(on_path).resolve().parent] if on_path else []
    for pattern in folders:
        versions = Path("/").glob(pattern.removeprefix("/"))
        found += sorted(versions, key=_version_of, reverse=True)
    for programs in found:
        is_complete = (programs / "postgres").exists() and (programs / "initdb").exists()
        if is_complete and is_reachable(programs / "postgres"):
            return programs
    raise PostgresqlUnavailableError(
        f"no PostgreSQL on the PATH or in {', '.join(folders)}, and tests never go without it: "
        f"install it (apt-get install postgresql), or name a server in {URL_VARIABLE}"
    )


def _version_of(programs: Path) -> int:
    match = re.search(r"\d+", str(programs))
    return int(match.group()) if match else 0


def _create_cluster(
    programs: Path,
    folder: Path,
    password: str,
    environment: Mapping[str, str],
    user: UnprivilegedUser | None,
) -> None:
    password_file = folder / "password"
    password_file.write_text(password, encoding="utf-8")
    if user is not None:
        user.own(folder)
    subprocess.run(
        [
            programs / "initdb",
            f"--pgdata={folder / 'data'}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        ],
        env=environment,
        cwd=folder,
        user=user.user_id if user else None,
        group=user.group_id if user else None,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        check=True,
    )


def _server_command(programs: Path, folder: Path, port: int) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        # The databases end with the test run, so nothing has to survive a power cut.
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [str(programs / "postgres"), "-D", str(folder / "data"), *options]


def _is_answering(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=ANSWER_SECONDS).close()
    except psycopg.Error:
        return False
    return True


def _administer(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, connect_timeout=ANSWER_SECONDS, autocommit=True) as connection:
        connection.execute(statement)


def main() -> int:
    """Print the folder of the programs that servers will run, or what was looked at."""
    try:
        sys.stdout.write(f"{find_programs(os.environ)}\n")
    except PostgresqlUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
