"""The whole service as `hybrid-search serve` runs it: processes, Redis, a database, signals."""

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.cli.running_service import WAIT_SECONDS, RunningService, running_service
from tests.fashion_shop import ALIAS, open_shop
from tests.servers.redis_server import RedisServer

SERVE = ("-m", "hybrid_search.cli", "serve", "--bind", "127.0.0.1:0")
QUERY = {"q": "red dress", "limit": "5"}
AWAY = "postgresql://somebody:secret@127.0.0.1:1/name"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The settings of a small shop on SQLite."""
    folder: Path = tmp_path_factory.mktemp("shop")
    with open_shop(folder):
        yield {
            "HYBRID_SEARCH_ENGINE_URL": f"sqlite:///{folder / 'fashion.db'}",
            "HYBRID_SEARCH_INDEX_ALIAS": ALIAS,
            "HYBRID_SEARCH_DATABASE_URL": f"sqlite:///{folder / 'state.db'}",
        }


@contextmanager
def serving(
    *options: str, environment: Mapping[str, str], **variables: str
) -> Iterator[RunningService]:
    with running_service([*SERVE, *options], {**environment, **variables}) as service:
        deadline = time.monotonic() + WAIT_SECONDS
        while service.ask("/readyz")[0] != 200:
            assert time.monotonic() < deadline, service.console
            time.sleep(0.05)
        yield service


def search(service: RunningService, **parameters: str) -> tuple[int, Any]:
    status, body = service.ask(f"/v1/search?{urlencode(QUERY | parameters)}")
    return status, json.loads(body)


def ids(answer: Any) -> list[str]:
    return [hit["product_id"] for hit in answer["hits"]]


def test_second_page_comes_from_any_process(
    shop: Mapping[str, str], redis_url: str, tmp_path: Path
) -> None:
    variables = {"HYBRID_SEARCH_REDIS_URL": redis_url, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    with serving("--workers", "3", environment=shop, **variables) as service:
        status, first = search(service)
        assert status == 200
        with ThreadPoolExecutor(8) as pool:
            asked = [
                pool.submit(search, service, snapshot=first["snapshot"], offset="5")
                for _ in range(60)
            ]
            pages = [one.result() for one in asked]
        assert {status for status, _ in pages} == {200}
        (page,) = {tuple(ids(answer)) for _, answer in pages}
        assert len(page) == 5
        assert not set(page) & set(ids(first))
        counters = {file.name for file in tmp_path.glob("counter_*.db")}
        assert len(counters) == 3, "all three have answered"


def test_redis_that_goes_away_costs_further_pages_alone_until_it_is_back(
    shop: Mapping[str, str],
) -> None:
    redis = RedisServer.start(os.environ)
    try:
        with serving(environment=shop, HYBRID_SEARCH_REDIS_URL=redis.url) as service:
            _, first = search(service)
            redis.stop()
            status, alone = search(service)
            assert status == 200
            assert ids(alone) == ids(first)
            assert "snapshot" not in alone
            assert [part["stage"] for part in alone["degraded"]] == ["snapshot"]
            status, error = search(service, snapshot=first["snapshot"], offset="5")
            assert (status, error["error"]["code"]) == (503, "snapshots_unavailable")
            redis = RedisServer.start(os.environ, port=redis.port)
            status, again = search(service)
            assert (status, again["degraded"]) == (200, [])
            assert search(service, snapshot=again["snapshot"], offset="5")[0] == 200
    finally:
        redis.stop()


def test_searches_are_answered_though_redis_and_the_database_are_away_at_the_start(
    shop: Mapping[str, str],
) -> None:
    variables = {
        "HYBRID_SEARCH_REDIS_URL": "redis://127.0.0.1:1/0",
        "HYBRID_SEARCH_DATABASE_URL": AWAY,
    }
    with serving("--workers", "1", environment=shop, **variables) as service:
        status, answer = search(service)
        assert (status, len(answer["hits"])) == (200, 5)
        assert "warning: " in service.console
        assert "secret" not in service.console
        service.send(signal.SIGTERM)
        service.wait_until_ended()


def test_searches_in_flight_are_answered_after_sigterm(
    shop: Mapping[str, str], redis_url: str
) -> None:
    options = ("--workers", "2", "--threads", "2")
    with serving(*options, environment=shop, HYBRID_SEARCH_REDIS_URL=redis_url) as service:
        with ThreadPoolExecutor(40) as pool:
            asked = [pool.submit(search, service) for _ in range(40)]
            while not any(one.done() for one in asked):
                time.sleep(0.001)
            service.send(signal.SIGTERM)
            outcomes = [one.exception() or one.result()[0] for one in asked]
        service.wait_until_ended()
        assert "Traceback" not in service.console
    refused = [one for one in outcomes if isinstance(one, ConnectionRefusedError)]
    answered = [one for one in outcomes if one == 200]
    assert answered
    assert len(answered) + len(refused) == 40, outcomes
