"""Reaching a server, or not."""

from pathlib import Path

import pytest

from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.errors import (
    EngineError,
    EngineTimeoutError,
    EngineUnavailableError,
    HybridSearchError,
    SettingsError,
)
from tests.engines.elasticsearch.conftest import OpenEngine
from tests.engines.elasticsearch.stand_ins import answering, silent


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "http://localhost:none",
        "http://:9200",
        "localhost:9200",
        "",
        "http://localhost:9200,ftp://localhost:9200",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="cannot connect to Elasticsearch at"):
        Connection(url).open()


def test_several_addresses_may_have_spaces_and_a_comma_too_many() -> None:
    with Connection("http://one:9200 , https://two:9200,").open() as client:
        nodes = {f"{node.scheme}://{node.host}" for node in client.transport.node_pool.all()}
    assert nodes == {"http://one", "https://two"}


@pytest.mark.parametrize("key", ["", "   ", "klüchel", "two words", "line\nbreak: x", "tab\there"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(SettingsError, match="has to be in its base64 form") as caught:
        Connection("http://localhost:9200", api_key=key).open()
    assert not key.strip() or key not in str(caught.value)


def test_a_key_from_a_file_may_end_in_a_newline() -> None:
    with Connection("http://localhost:9200", api_key="YTpi\n").open() as client:
        assert client._headers["Authorization"] == "ApiKey YTpi"


def test_a_certificate_authority_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    noise = tmp_path / "noise.pem"
    noise.write_text("no certificate")
    for path in (tmp_path / "nowhere.pem", noise):
        with pytest.raises(SettingsError, match=r"certificate authority .*; give a PEM file"):
            Connection("https://localhost:9200", ca_certs=path).open()


def test_a_cloud_id_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="Cloud ID is not properly formatted"):
        Connection("", cloud_id="nonsense").open()


def test_secrets_are_not_shown() -> None:
    connection = Connection("http://me:secret@localhost:9200", api_key="c2VjcmV0")
    assert connection.shown == "http://localhost:9200"
    assert "c2VjcmV0" not in repr(connection)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://me:secret@127.0.0.1:9", "http://nowhere.invalid:9200"]
)
def test_a_server_that_is_not_there_is_named_with_what_to_do(
    open_engine: OpenEngine, url: str
) -> None:
    engine = open_engine(Connection(url))
    for ask in (engine.health, engine.live_generation, engine.generations):
        with pytest.raises(EngineUnavailableError) as caught:
            ask()
        assert url.replace("me:secret@", "") in str(caught.value)
        assert "is it running?" in str(caught.value)
        assert "secret" not in str(caught.value)


def test_the_next_node_is_asked_when_one_is_down(
    open_engine: OpenEngine, elasticsearch_url: str
) -> None:
    engine = open_engine(Connection(f"http://127.0.0.1:9,{elasticsearch_url}"))
    assert all(engine.health().server.startswith("Elasticsearch ") for _ in range(3))


def test_a_server_that_never_answers_is_given_up(open_engine: OpenEngine) -> None:
    with silent() as url:
        engine = open_engine(Connection(url, timeout_ms=50))
        with pytest.raises(EngineTimeoutError, match=f"{url} did not answer in time"):
            engine.health()


def test_a_server_without_tls_is_told_from_one_that_is_down(
    open_engine: OpenEngine, elasticsearch_url: str
) -> None:
    engine = open_engine(Connection(elasticsearch_url.replace("http://", "https://")))
    with pytest.raises(EngineUnavailableError, match="check whether it speaks https"):
        engine.health()


ANSWERS: tuple[tuple[int, str, type[HybridSearchError], str], ...] = (
    (200, "<html>Welcome</html>", EngineError, "something else than JSON"),
    (404, "<html>Not found</html>", EngineError, "HTTP status 404: <html>Not found</html>"),
    (429, "slow down", EngineUnavailableError, "cannot answer now: HTTP status 429: slow down"),
    (502, "bad gateway", EngineUnavailableError, "cannot answer now: HTTP status 502"),
    (503, "x" * 9000, EngineUnavailableError, "cannot answer now: HTTP status 503: xxx"),
    (500, "oops", EngineError, "answered: HTTP status 500: oops"),
)


@pytest.mark.parametrize(("status", "body", "kind", "message"), ANSWERS)
def test_what_proxies_say_comes_out_short_and_in_words(
    open_engine: OpenEngine, status: int, body: str, kind: type[HybridSearchError], message: str
) -> None:
    with answering(
        status, body, content_type="application/json" if status == 200 else "text/html"
    ) as url:
        with pytest.raises(kind, match=message) as caught:
            open_engine(Connection(url)).health()
        assert type(caught.value) is kind
        assert url in str(caught.value)
        assert len(str(caught.value)) < 700


def test_another_product_is_refused(open_engine: OpenEngine) -> None:
    body: dict[str, object] = {"version": {"number": "3.1.0"}}
    with answering(200, body, product=None) as url:
        engine = open_engine(Connection(url))
        with pytest.raises(
            EngineError, match="is not Elasticsearch; check HYBRID_SEARCH_ENGINE_URL"
        ):
            engine.health()


def test_too_old_a_version_is_refused_with_the_oldest_that_works(open_engine: OpenEngine) -> None:
    with answering(200, {"version": {"number": "8.18.4"}}) as url:
        engine = open_engine(Connection(url))
        with pytest.raises(EngineError, match=r"8\.18\.4 is too old; version 8\.19 or later"):
            engine.health()


def test_a_version_before_its_release_counts(open_engine: OpenEngine) -> None:
    with answering(200, {"version": {"number": "9.9.0-SNAPSHOT"}}) as url:
        assert open_engine(Connection(url))._server.version == (9, 9, 0)
