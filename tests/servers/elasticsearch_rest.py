"""Asking a server over HTTP without the client, which refuses servers of another major version."""

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from tests.servers.supervised_process import ServerNotReadyError, SupervisedProcess

START_SECONDS = 120
POLL_SECONDS = 0.25
REQUEST_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user of a secured server."""

    username: str
    password: str


class ElasticsearchServer(Protocol):
    """A server that was started for the tests."""

    @property
    def process(self) -> SupervisedProcess:
        """Its launcher and supervisor."""

    @property
    def url(self) -> str:
        """Where it answers, once it is ready; without credentials."""

    @property
    def credentials(self) -> Credentials | None:
        """The superuser of a secured server; None where security is off."""

    def failure(self) -> str | None:
        """Return why the server will never answer, or None while it may."""

    def console_tail(self) -> str:
        """Return the last lines of its log."""

    def wait_until_ready(self) -> None:
        """Return when the server answers searches."""

    def stop(self) -> None:
        """End the server and remove its files."""


def get_json(url: str, path: str, credentials: Credentials | None = None) -> tuple[int, Any]:
    """Return status and body of a GET request; a user in the URL is sent as basic authentication.

    Raises:
        urllib3.exceptions.HTTPError: the server cannot be reached, or answers no JSON.
    """
    parsed = parse_url(url)
    login = f"{credentials.username}:{credentials.password}" if credentials else parsed.auth
    headers = urllib3.make_headers(basic_auth=login) if login else {}
    address = parsed._replace(auth=None).url.rstrip("/")
    with urllib3.PoolManager(retries=False, timeout=REQUEST_SECONDS) as pool:
        response = pool.request("GET", f"{address}{path}", headers=headers)
        try:
            return response.status, response.json()
        except ValueError as error:
            raise HTTPError(f"{address}{path} answers no JSON") from error


def wait_for_health(server: ElasticsearchServer) -> None:
    """Return when the cluster's health is yellow or green; a health of 401 is asked for again.

    Raises:
        ServerNotReadyError: the server ended, or is not ready after 120 seconds.
    """
    deadline = time.monotonic() + START_SECONDS
    last_answer = "nothing"
    while time.monotonic() < deadline:
        failure = server.failure()
        if failure is not None:
            raise ServerNotReadyError(f"{failure}; end of its log:\n{server.console_tail()}")
        try:
            status, body = get_json(
                server.url, "/_cluster/health?wait_for_status=yellow&timeout=5s", server.credentials
            )
        except (HTTPError, OSError) as error:
            last_answer = str(error)
        else:
            if status == HTTPStatus.OK:
                return
            last_answer = f"{status} {body}"
        time.sleep(POLL_SECONDS)
    raise ServerNotReadyError(
        f"no healthy answer within {START_SECONDS} seconds, last: {last_answer}; "
        f"end of its log:\n{server.console_tail()}"
    )
