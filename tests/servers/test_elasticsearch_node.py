import os
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from urllib3.exceptions import HTTPError

from tests.servers.elasticsearch_distribution import RELEASES
from tests.servers.elasticsearch_node import ElasticsearchNode
from tests.servers.elasticsearch_rest import ElasticsearchServer, get_json
from tests.servers.elasticsearch_servers import running_server
from tests.servers.supervised_process import ServerNotReadyError, SupervisedProcess
from tests.servers.test_supervised_process import has_processes


def test_server_answers_with_its_major_version(
    elasticsearch_url: str, elasticsearch_urls: Mapping[int, str]
) -> None:
    status, body = get_json(elasticsearch_url, "/")
    assert status == HTTPStatus.OK
    major = int(body["version"]["number"].partition(".")[0])
    assert elasticsearch_urls[major] == elasticsearch_url


def test_servers_at_once_have_different_addresses(elasticsearch_urls: Mapping[int, str]) -> None:
    assert len(set(elasticsearch_urls.values())) == len(elasticsearch_urls)


def test_nothing_is_left_after_stop() -> None:
    with running_server(max(RELEASES), os.environ) as server:
        url, group, folder = server.url, server.process.process_id, server.process.folder
        assert get_json(url, "/")[0] == HTTPStatus.OK
        assert has_processes(group)
        assert folder.is_dir()
    assert not has_processes(group)
    assert not folder.exists()
    with pytest.raises(HTTPError):
        get_json(url, "/")


def test_secured_server_refuses_strangers_and_gives_api_keys(
    secured_elasticsearch: ElasticsearchServer,
) -> None:
    server = secured_elasticsearch
    assert server.credentials is not None
    assert get_json(server.url, "/")[0] == HTTPStatus.UNAUTHORIZED
    assert get_json(server.url, "/", server.credentials)[0] == HTTPStatus.OK
    login = (server.credentials.username, server.credentials.password)
    address = server.url.removeprefix("http://")
    url_with_login = f"http://{':'.join(login)}@{address}"
    assert get_json(url_with_login, "/")[0] == HTTPStatus.OK
    with Elasticsearch(server.url, basic_auth=login) as superuser:
        key = superuser.security.create_api_key(name="test")["encoded"]
    with Elasticsearch(server.url, api_key=key) as client:
        assert client.security.authenticate()["authentication_type"] == "api_key"


def test_node_that_ends_while_starting_is_reported_with_the_end_of_its_log(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    process = SupervisedProcess(
        ["sh", "-c", "echo 'unknown setting [no.such.setting]'; exit 1"],
        folder=folder,
        environment={"PATH": "/usr/bin:/bin"},
        working_folder=Path("/"),
    )
    with pytest.raises(ServerNotReadyError, match=r"unknown setting \[no\.such\.setting\]"):
        ElasticsearchNode(process).__enter__()
    assert not folder.exists()
