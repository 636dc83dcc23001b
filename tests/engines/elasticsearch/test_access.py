"""A server with security on: keys that work, keys that do not, and what they may do."""

import base64
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from hybrid_search.building import IndexOptions
from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.errors import EngineAccessError
from hybrid_search.indexing import Indexer
from hybrid_search.query.request import SearchRequest
from tests.engines.elasticsearch.conftest import OpenEngine
from tests.fashion_shop import CATALOG, search_service
from tests.servers.elasticsearch_rest import ElasticsearchServer


@pytest.fixture
def administrator(secured_elasticsearch: ElasticsearchServer) -> Iterator[Elasticsearch]:
    credentials = secured_elasticsearch.credentials
    assert credentials is not None
    login = (credentials.username, credentials.password)
    with Elasticsearch(secured_elasticsearch.url, basic_auth=login) as client:
        yield client


def new_key(administrator: Elasticsearch, alias: str, privileges: list[str]) -> str:
    """Return a key for the indices of an alias, in the form that settings take."""
    role = {
        "cluster": ["monitor"],
        "indices": [{"names": [f"{alias}-*", alias], "privileges": privileges}],
    }
    answer = administrator.security.create_api_key(name=alias, role_descriptors={"role": role})
    return str(answer["encoded"])


def test_a_key_for_its_own_indices_is_enough_for_everything(
    secured_elasticsearch: ElasticsearchServer,
    administrator: Elasticsearch,
    open_engine: OpenEngine,
    alias: str,
) -> None:
    key = new_key(administrator, alias, ["manage", "read", "write"])
    engine = open_engine(Connection(secured_elasticsearch.url, api_key=key))
    assert engine.health().problems == ()
    indexer = Indexer(engine, None, IndexOptions(alias, "english"))
    former = indexer.reindex(CATALOG, estimated_products=len(CATALOG)).generation
    live = indexer.reindex(CATALOG, estimated_products=len(CATALOG)).generation
    request = SearchRequest.parse({"q": "red dress", "facets": ["brand"]})
    response = search_service(engine, None).search(request)
    assert response.hits
    assert response.applied.generation == live.name
    engine.drop(former.name)
    assert engine.generations() == (live,)


def test_a_key_that_may_only_read_cannot_index_and_says_so(
    secured_elasticsearch: ElasticsearchServer,
    administrator: Elasticsearch,
    open_engine: OpenEngine,
    alias: str,
) -> None:
    key = new_key(administrator, alias, ["read"])
    engine = open_engine(Connection(secured_elasticsearch.url, api_key=key))
    indexer = Indexer(engine, None, IndexOptions(alias, "english"))
    with pytest.raises(EngineAccessError) as caught:
        indexer.reindex(CATALOG, estimated_products=len(CATALOG))
    message = str(caught.value)
    assert f"Elasticsearch at {secured_elasticsearch.url} forbids this" in message
    assert "`manage`, `read` and `write` on the index" in message
    assert len(message) < 1000


@pytest.mark.parametrize(
    "key",
    [None, base64.b64encode(b"nobody:nothing").decode(), "bm9ib2R5", "id:key"],
    ids=["none", "unknown", "half", "not base64"],
)
def test_a_wrong_key_is_refused_with_where_to_set_it(
    secured_elasticsearch: ElasticsearchServer, open_engine: OpenEngine, key: str | None
) -> None:
    url = secured_elasticsearch.url
    engine = open_engine(Connection(url, api_key=key))
    for ask in (engine.health, engine.live_generation):
        with pytest.raises(EngineAccessError) as caught:
            ask()
        assert str(caught.value) == (
            f"Elasticsearch at {url} refuses the credentials; check HYBRID_SEARCH_ENGINE_API_KEY"
        )


def test_a_user_in_the_address_is_taken_and_never_shown(
    secured_elasticsearch: ElasticsearchServer, open_engine: OpenEngine
) -> None:
    credentials = secured_elasticsearch.credentials
    assert credentials is not None
    address = secured_elasticsearch.url.removeprefix("http://")
    login = f"{credentials.username}:{credentials.password}"
    assert open_engine(Connection(f"http://{login}@{address}")).health().server
    engine = open_engine(Connection(f"http://{credentials.username}:wrong@{address}"))
    with pytest.raises(EngineAccessError) as caught:
        engine.health()
    assert "wrong" not in str(caught.value)
