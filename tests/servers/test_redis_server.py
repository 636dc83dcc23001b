import os
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.servers.redis_server import (
    URL_VARIABLE,
    RedisServer,
    RedisUnavailableError,
    answering_process,
    running_redis,
)
from tests.servers.supervised_process import ServerNotReadyError
from tests.servers.test_supervised_process import has_processes


@pytest.mark.parametrize("time", ["first", "second"])
def test_database_is_empty_for_every_test(redis_url: str, time: str) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", time)


def test_nothing_is_left_after_stop_and_the_port_can_be_taken_again() -> None:
    server = RedisServer.start(os.environ)
    group, folder = server.process.process_id, server.process.folder
    assert answering_process(server.url) == group
    server.stop()
    assert not has_processes(group)
    assert not folder.exists()
    assert answering_process(server.url) is None
    again = RedisServer.start(os.environ, port=server.port)
    try:
        assert again.url == server.url
        assert answering_process(again.url) == again.process.process_id
    finally:
        again.stop()


def test_server_on_a_taken_port_is_reported_with_its_log() -> None:
    server = RedisServer.start(os.environ)
    try:
        with pytest.raises(ServerNotReadyError, match="Address already in use"):
            RedisServer.start(os.environ, port=server.port)
    finally:
        server.stop()


def test_only_the_given_server_is_used(redis_url: str) -> None:
    with running_redis({URL_VARIABLE: redis_url}) as url:
        assert url == redis_url


def test_given_database_that_holds_keys_is_never_emptied(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.set("of", "somebody")
        with (
            pytest.raises(RedisUnavailableError, match="holds 1 keys, and tests empty it"),
            running_redis({URL_VARIABLE: redis_url}),
        ):
            pass
        assert client.get("of") == b"somebody"


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "http://127.0.0.1:1"])
def test_given_server_that_is_no_redis_is_named(url: str) -> None:
    with (
        pytest.raises(RedisUnavailableError, match=f"{URL_VARIABLE} does not answer") as failure,
        running_redis({URL_VARIABLE: url}),
    ):
        pass
    assert isinstance(failure.value.__cause__, RedisError | ValueError)


def test_machine_without_redis_is_told_what_to_install(tmp_path: Path) -> None:
    with (
        pytest.raises(RedisUnavailableError, match=f"apt-get install redis-server.*{URL_VARIABLE}"),
        running_redis({"PATH": str(tmp_path)}),
    ):
        pass
