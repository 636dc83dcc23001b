from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.servers.elasticsearch_distribution import RELEASES
from tests.servers.elasticsearch_servers import (
    SOURCES,
    URL_VARIABLE,
    ElasticsearchUnavailableError,
    find_starter,
    given_urls,
    running_servers,
)


@pytest.mark.parametrize("major", RELEASES)
def test_error_lists_every_source_and_why_it_failed(major: int, reachable_folder: Path) -> None:
    environ = {"XDG_CACHE_HOME": str(reachable_folder), "PATH": str(reachable_folder)}
    with pytest.raises(ElasticsearchUnavailableError) as failure:
        find_starter(major, environ)
    text = str(failure.value)
    assert RELEASES[major].version in text
    assert all(f"  {name}: " in text for name in SOURCES)
    assert f"elasticsearch-{RELEASES[major].version} does not exist" in text
    assert "no `docker` on the PATH" in text
    assert URL_VARIABLE in text


def test_given_servers_are_asked_for_their_version(elasticsearch_urls: Mapping[int, str]) -> None:
    environ = {URL_VARIABLE: " , ".join(elasticsearch_urls.values())}
    assert given_urls(environ) == elasticsearch_urls


def test_only_the_given_server_is_used(elasticsearch_url: str) -> None:
    with running_servers({URL_VARIABLE: elasticsearch_url}) as urls:
        assert list(urls.values()) == [elasticsearch_url]


def test_two_servers_of_one_major_version_are_refused(elasticsearch_url: str) -> None:
    environ = {URL_VARIABLE: f"{elasticsearch_url},{elasticsearch_url}/"}
    with pytest.raises(ElasticsearchUnavailableError, match="one of each major version"):
        given_urls(environ)


def test_given_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(ElasticsearchUnavailableError, match=r"'http://127\.0\.0\.1:1' does not"):
        given_urls({URL_VARIABLE: "http://127.0.0.1:1"})


def test_without_the_variable_no_server_is_given() -> None:
    assert given_urls({}) == {}
    assert given_urls({URL_VARIABLE: " "}) == {}
