"""Fixtures of all tests: real Elasticsearch servers, and how property tests run."""

import os
from collections.abc import Iterator, Mapping
from functools import cache

import elasticsearch
import pytest
from hypothesis import HealthCheck, settings

from tests.servers.elasticsearch_distribution import RELEASES
from tests.servers.elasticsearch_rest import ElasticsearchServer
from tests.servers.elasticsearch_servers import given_urls, running_server, running_servers

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
