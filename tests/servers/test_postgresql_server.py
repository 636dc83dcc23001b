import os
from pathlib import Path

import psycopg
import pytest

from tests.servers.postgresql_server import (
    URL_VARIABLE,
    PostgresqlServer,
    PostgresqlUnavailableError,
    find_programs,
    fresh_database,
    running_postgresql,
)
from tests.servers.test_supervised_process import has_processes


@pytest.mark.parametrize("_time", ["first", "second"])
def test_database_is_empty_for_every_test(postgresql_url: str, _time: str) -> None:
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("CREATE TABLE left_behind (id integer)")


def test_database_is_dropped_though_somebody_is_connected(postgresql_server_url: str) -> None:
    with fresh_database(postgresql_server_url) as url:
        connection = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_nothing_is_left_after_stop_though_somebody_is_connected() -> None:
    server = PostgresqlServer.start(os.environ)
    group, folder = server.process.process_id, server.process.folder
    connection = psycopg.connect(server.url)
    server.stop()
    assert not has_processes(group)
    assert not folder.exists()
    connection.close()


def test_server_refuses_a_wrong_password() -> None:
    server = PostgresqlServer.start(os.environ)
    try:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url, password="wrong")  # noqa: S106 - that is the point
    finally:
        server.stop()


def test_only_the_given_server_is_used(postgresql_server_url: str) -> None:
    with running_postgresql({URL_VARIABLE: postgresql_server_url}) as url:
        assert url == postgresql_server_url


def test_given_server_that_does_not_answer_is_refused() -> None:
    url = "postgresql://somebody@127.0.0.1:1/postgres"
    with (
        pytest.raises(PostgresqlUnavailableError, match=f"{URL_VARIABLE} does not answer"),
        running_postgresql({URL_VARIABLE: url}),
    ):
        pass


def test_machine_without_postgresql_is_told_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(PostgresqlUnavailableError, match="apt-get install postgresql"):
        find_programs({"PATH": str(tmp_path)}, folders=(f"{tmp_path}/*/bin",))


def test_newest_version_is_taken(reachable_folder: Path) -> None:
    for version in ("9", "15", "17"):
        programs = reachable_folder / version / "bin"
        programs.mkdir(parents=True)
        (programs / "postgres").touch()
        (programs / "initdb").touch()
    found = find_programs({"PATH": ""}, folders=(f"{reachable_folder}/*/bin",))
    assert found == reachable_folder / "17" / "bin"
