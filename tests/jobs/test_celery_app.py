"""The settings that make a broker ours."""

import pytest

from hybrid_search.errors import SettingsError
from hybrid_search.jobs.celery_app import QUEUES, celery_app, shown_address
from hybrid_search.jobs.queue import TaskName

URL = "redis://:secret@127.0.0.1:6379/0"


@pytest.mark.parametrize(
    "url",
    [
        "amqp://guest@localhost//",
        "localhost:6379",
        "redis://",
        "redis://host:notaport",
        "redis://[",
    ],
)
def test_what_is_no_redis_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="HYBRID_SEARCH_BROKER_URL has to be such as") as caught:
        celery_app(url, "products")
    assert "guest" not in str(caught.value)


@pytest.mark.parametrize("url", [URL, "rediss://host/3", "redis://[::1]:6379/0"])
def test_a_redis_is_taken(url: str) -> None:
    app = celery_app(url, "products")
    assert app.conf.broker_url == url


def test_a_password_is_not_shown() -> None:
    assert shown_address("redis://user:secret@host:6379/2") == "redis://host:6379/2"


def test_every_task_has_a_queue() -> None:
    assert set(QUEUES) == set(TaskName)


def test_only_json_is_taken() -> None:
    conf = celery_app(URL, "products").conf
    assert (conf.accept_content, conf.task_serializer) == (["json"], "json")
