"""Tasks on a real Redis."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from redis import Redis

from hybrid_search.errors import QueueUnavailableError
from hybrid_search.jobs.celery_app import CHUNKS, CONTROL, celery_app
from hybrid_search.jobs.celery_queue import CeleryQueue
from hybrid_search.jobs.queue import TaskName
from tests.servers.free_port import free_port
from tests.servers.redis_server import RedisServer

MAX_WAIT_S = 5


@contextmanager
def opened(url: str, alias: str = "products") -> Iterator[CeleryQueue]:
    with closing(CeleryQueue(celery_app(url, alias))) as queue:
        yield queue


def messages(url: str, queue: str, alias: str = "products") -> list[dict[str, object]]:
    with Redis.from_url(url) as client:
        found = client.lrange(f"hybrid_search:{alias}:{queue}", 0, -1)
    assert isinstance(found, list)
    return [json.loads(message) for message in found]


def test_tasks_travel_by_name_each_kind_in_its_queue(redis_url: str) -> None:
    with opened(redis_url) as queue:
        queue.check()
        queue.enqueue(TaskName.WRITE_CHUNK, {"job_id": "j", "number": 3})
        queue.enqueue(TaskName.FINISH, {"job_id": "j"}, delay_s=5)
    (chunk,) = messages(redis_url, CHUNKS)
    (finish,) = messages(redis_url, CONTROL)
    assert isinstance(chunk["headers"], dict)
    assert isinstance(finish["headers"], dict)
    assert chunk["headers"]["task"] == "hybrid_search.write_chunk"
    assert chunk["headers"]["eta"] is None
    assert chunk["content-type"] == "application/json"
    assert finish["headers"]["task"] == "hybrid_search.finish"
    assert finish["headers"]["eta"] is not None


def test_aliases_that_share_a_redis_are_kept_apart(redis_url: str) -> None:
    with opened(redis_url, "one") as queue:
        queue.enqueue(TaskName.BEGIN, {})
    with Redis.from_url(redis_url) as client:
        names = client.keys("*")
    assert isinstance(names, list)
    assert names
    assert all(name.startswith(b"hybrid_search:one:") for name in names)
    assert messages(redis_url, CONTROL, "two") == []


def test_a_broker_that_is_down_is_named_soon_and_without_its_password() -> None:
    port = free_port()
    with opened(f"redis://:secret@127.0.0.1:{port}/0") as queue:
        started = time.monotonic()
        for ask in (queue.check, lambda: queue.enqueue(TaskName.BEGIN, {})):
            with pytest.raises(QueueUnavailableError) as caught:
                ask()
            assert f"'redis://127.0.0.1:{port}/0' cannot be reached" in str(caught.value)
            assert "secret" not in str(caught.value)
    assert time.monotonic() - started < MAX_WAIT_S


def test_a_broker_that_was_down_is_found_again() -> None:
    server = RedisServer.start(os.environ)
    with opened(server.url) as queue:
        try:
            queue.enqueue(TaskName.BEGIN, {})
            server.stop()
            with pytest.raises(QueueUnavailableError):
                queue.enqueue(TaskName.BEGIN, {})
            server = RedisServer.start(os.environ, port=server.port)
            queue.enqueue(TaskName.BEGIN, {})
            queue.check()
            assert len(messages(server.url, CONTROL)) == 1
        finally:
            server.stop()
