"""The servers of a test run: those that ELASTICSEARCH_URL names, or started from any source."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Protocol

from urllib3.exceptions import HTTPError

from tests.servers.elasticsearch_container import (
    DockerError,
    ElasticsearchContainer,
    pull_image,
)
from tests.servers.elasticsearch_distribution import (
    RELEASES,
    DistributionError,
    ElasticsearchRelease,
    cache_folder,
    cached_tree,
    fetch_tree,
)
from tests.servers.elasticsearch_node import ElasticsearchNode
from tests.servers.elasticsearch_rest import ElasticsearchServer, get_json
from tests.servers.jdk import JdkNotFoundError, find_jdk

URL_VARIABLE = "ELASTICSEARCH_URL"


class ElasticsearchUnavailableError(Exception):
    """The tests have no real Elasticsearch; the text says what was tried and what to do."""


class Starter(Protocol):
    """Starts a server of one release, everything it needs being here."""

    def __call__(self, *, is_secured: bool = False) -> ElasticsearchServer:
        """Start a server and return at once."""


Source = Callable[[ElasticsearchRelease, Mapping[str, str]], Starter]


def find_starter(major: int, environ: Mapping[str, str]) -> Starter:
    """Return what starts servers of a major version, from the first source that has it.

    Raises:
        ElasticsearchUnavailableError: none has it; the text lists each and why.
    """
    release = RELEASES[major]
    failures = []
    for name, source in SOURCES.items():
        try:
            return source(release, environ)
        except (DistributionError, JdkNotFoundError, DockerError) as error:
            failures.append(f"  {name}: {error}")
    raise ElasticsearchUnavailableError(
        f"no source has Elasticsearch {release.version}, and tests never go without it:\n"
        + "\n".join(failures)
        + f"\nMake one of these work, or set {URL_VARIABLE} to running servers"
    )


def given_urls(environ: Mapping[str, str]) -> Mapping[int, str]:
    """Return the URLs in ELASTICSEARCH_URL by the major version that each server answers.

    Raises:
        ElasticsearchUnavailableError: one cannot be reached, or no tests exist for its version,
            or two have the same major version.
    """
    urls: dict[int, str] = {}
    for url in filter(None, (part.strip() for part in environ.get(URL_VARIABLE, "").split(","))):
        major = _major_version(url)
        if major not in RELEASES:
            known = " and ".join(map(str, RELEASES))
            raise ElasticsearchUnavailableError(
                f"{URL_VARIABLE}: {url!r} is Elasticsearch {major}; tests run on {known}"
            )
        if major in urls:
            raise ElasticsearchUnavailableError(
                f"{URL_VARIABLE}: {urls[major]!r} and {url!r} are both Elasticsearch {major}; "
                f"give one of each major version"
            )
        urls[major] = url
    return urls


@contextmanager
def running_servers(environ: Mapping[str, str]) -> Iterator[Mapping[int, str]]:
    """Yield the URLs of the given servers, or of one server of each major, by major version.

    Servers are fetched in parallel and start in parallel; they end with the context.
    """
    given = given_urls(environ)
    if given:
        yield given
        return
    with ThreadPoolExecutor(len(RELEASES)) as pool:
        starters = list(pool.map(partial(find_starter, environ=environ), RELEASES))
    with ExitStack() as stack:
        servers: dict[int, ElasticsearchServer] = {}
        for major, starter in zip(RELEASES, starters, strict=True):
            servers[major] = starter()
            stack.callback(servers[major].stop)
        for server in servers.values():
            server.wait_until_ready()
        yield {major: server.url for major, server in servers.items()}


@contextmanager
def running_server(
    major: int, environ: Mapping[str, str], *, is_secured: bool = False
) -> Iterator[ElasticsearchServer]:
    """Yield a server of its own for tests that need another configuration, or stop it."""
    server = find_starter(major, environ)(is_secured=is_secured)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


def _from_cache(release: ElasticsearchRelease, environ: Mapping[str, str]) -> Starter:
    tree = cached_tree(release, cache_folder(environ))
    return partial(ElasticsearchNode.start, tree, find_jdk(environ))


def _from_maven(release: ElasticsearchRelease, environ: Mapping[str, str]) -> Starter:
    java_home = find_jdk(environ)
    tree = fetch_tree(release, cache_folder(environ), environ)
    return partial(ElasticsearchNode.start, tree, java_home)


def _from_docker(release: ElasticsearchRelease, environ: Mapping[str, str]) -> Starter:
    return partial(ElasticsearchContainer.start, pull_image(release.version, environ), environ)


SOURCES: Mapping[str, Source] = {
    "cached distribution": _from_cache,
    "Maven artifact": _from_maven,
    "Docker image": _from_docker,
}
"""Tried in this order."""


def _major_version(url: str) -> int:
    try:
        _, body = get_json(url, "/")
        return int(body["version"]["number"].partition(".")[0])
    except (HTTPError, KeyError, TypeError, ValueError) as error:
        raise ElasticsearchUnavailableError(
            f"{URL_VARIABLE}: {url!r} does not answer as Elasticsearch: {error}"
        ) from error
