"""Fixtures of all tests: real servers, and how property tests run."""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import elasticsearch
import pytest
from hypothesis import HealthCheck, settings

from tests.job_parts import CHUNK, JobParts, opened_parts
from tests.servers.elasticsearch_distribution import RELEASES
from tests.servers.elasticsearch_rest import ElasticsearchServer
from tests.servers.elasticsearch_servers import given_urls, running_server, running_servers
from tests.servers.postgresql_server import fresh_database, running_postgresql
from tests.servers.redis_server import empty_database, running_redis

CLIENT_MAJOR = elasticsearch.__version__[0]

settings.register_profile("dev", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@cache
def majors_under_test() -> tuple[int, ...]:
    """Return the major versions that tests run on: the given servers', or all.

    Client 9 is refused by servers of version 8; the suite runs with client 8.19 on both and with
    client 9 on version 9.
    """
    majors = tuple(given_urls(os.environ) or RELEASES)
    return tuple(major for major in majors if major >= CLIENT_MAJOR)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that asks for `elasticsearch_url` once per server."""
    if "elasticsearch_url" in metafunc.fixturenames:
        metafunc.parametrize(
            "elasticsearch_url",
            majors_under_test(),
            indirect=True,
            ids="elasticsearch{}".format,
            scope="session",
        )


@pytest.fixture(scope="session")
def elasticsearch_urls() -> Iterator[Mapping[int, str]]:
    """URLs of the servers by major version; started once, when the first test asks."""
    with running_servers(os.environ) as urls:
        yield urls


@pytest.fixture(scope="session")
def elasticsearch_url(request: pytest.FixtureRequest, elasticsearch_urls: Mapping[int, str]) -> str:
    """URL of one server; a test that asks for it runs once per server."""
    return elasticsearch_urls[request.param]


@pytest.fixture(scope="session")
def secured_elasticsearch() -> Iterator[ElasticsearchServer]:
    """A server of the newest major version with security on and its superuser's credentials."""
    with running_server(max(RELEASES), os.environ, is_secured=True) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server_url() -> Iterator[str]:
    """URL of a Redis database that `redis_url` empties; started once, when the first test asks."""
    with running_redis(os.environ) as url:
        yield url


@pytest.fixture
def redis_url(redis_server_url: str) -> Iterator[str]:
    """URL of an empty Redis database."""
    yield redis_server_url
    empty_database(redis_server_url)


@pytest.fixture(scope="session")
def postgresql_server_url() -> Iterator[str]:
    """URL of PostgreSQL as a user who may create databases; started as Redis is."""
    with running_postgresql(os.environ) as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server_url: str) -> Iterator[str]:
    """URL of a new, empty PostgreSQL database."""
    with fresh_database(postgresql_server_url) as url:
        yield url


@pytest.fixture
def job_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobParts]:
    """What works on jobs, on a SQLite engine and database, with chunks of a few products."""
    monkeypatch.setattr("hybrid_search.staging.CHUNK_PRODUCTS", CHUNK)
    with opened_parts(tmp_path) as parts:
        yield parts
