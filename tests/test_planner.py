"""Searches that a backend sends itself give the answers of the service."""

import base64
import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import urllib3

from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.bootstrap import SHIPPED_MAPPINGS
from hybrid_search.building import TEXT_VECTOR, IndexOptions
from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.engines.elasticsearch.delegated import ElasticsearchBodies
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.errors import (
    ExpiredError,
    InvalidPlanError,
    InvalidRequestError,
    PlanUnsupportedError,
)
from hybrid_search.indexing import Indexer
from hybrid_search.library import HybridSearch
from hybrid_search.merchandising.profile import Profile
from hybrid_search.planner import SearchPlan, SearchPlanner
from hybrid_search.prepared_search import Preparation
from hybrid_search.query.digest import digest
from hybrid_search.query.request import SearchRequest
from hybrid_search.query_encoding import QueryEncoders
from hybrid_search.response import SearchResponse
from hybrid_search.search import SearchService
from hybrid_search.settings import Settings
from hybrid_search.snapshots import MemorySnapshots
from tests.contracts.shop import unique_alias
from tests.fashion_shop import CATALOG, open_hybrid_shop
from tests.word_encoder import WordEncoder

DEADLINE_MS = 10_000
BOOST = {"field": "brand", "value": "Acme", "factor": 1.5}
REQUESTS: tuple[dict[str, Any], ...] = (
    {"q": "red dress", "facets": ["brand", "color"], "limit": 5},
    {"q": "red dress", "boosts": [BOOST], "explain": True, "limit": 250},
    {"q": "scarlet frock", "filter": {"price": {"lte": 15}}, "offset": 3},
    {"q": "silk", "collapse": True, "diversity": {"brand_cap": 1}, "facets": ["brand"]},
    {"q": "red dress", "hybrid": {"weights": {"text_vector": 0}}},
    {"q": "red dress", "sort": {"field": "price"}, "limit": 7, "facets": ["color"]},
    {"filter": {"color": "red"}, "limit": 7},
)


@dataclasses.dataclass(frozen=True)
class Backend:
    """A shop's backend that asks Elasticsearch itself."""

    url: str
    alias: str
    engine: ElasticsearchEngine
    service: SearchService
    planner: SearchPlanner

    def send(self, plan: SearchPlan) -> list[Any]:
        lines = b"".join(orjson.dumps(search) + b"\n" for search in plan.searches)
        with urllib3.PoolManager() as pool:
            response = pool.request(
                "POST",
                f"{self.url}{plan.path}",
                body=lines,
                headers={"content-type": "application/x-ndjson"},
            )
        answers: list[Any] = response.json()["responses"]
        return answers


@contextmanager
def backend(url: str) -> Iterator[Backend]:
    alias = unique_alias().replace("-", "_")
    engine = ElasticsearchEngine(Connection(url), alias=alias, mappings=SHIPPED_MAPPINGS)
    encoder = WordEncoder()
    encoders = QueryEncoders({TEXT_VECTOR: encoder}, deadline_ms=DEADLINE_MS)
    preparation = Preparation(encoders, Vocabulary(None), Profile())
    Indexer(engine, encoder, IndexOptions(alias, "english")).reindex(
        CATALOG, estimated_products=len(CATALOG)
    )
    yield Backend(
        url,
        alias,
        engine,
        SearchService(engine, preparation, MemorySnapshots(), deadline_ms=DEADLINE_MS),
        SearchPlanner(engine, preparation, ElasticsearchBodies(), deadline_ms=DEADLINE_MS),
    )
    with Connection(url).open() as client:
        for generation in engine.generations():
            client.indices.delete(index=generation.name)
    engine.close()


@pytest.fixture(scope="module")
def shop(elasticsearch_url: str) -> Iterator[Backend]:
    with backend(elasticsearch_url) as found:
        yield found


def content(response: SearchResponse) -> dict[str, Any]:
    """What two answers to one request have in common."""
    data = response.as_dict()
    for name in ("query_id", "took_ms", "snapshot"):
        data.pop(name, None)
    return data


@pytest.mark.parametrize("fields", REQUESTS, ids=str)
def test_plan_and_rank_give_the_answer_of_a_search(shop: Backend, fields: dict[str, Any]) -> None:
    request = SearchRequest.parse(fields)
    plan = shop.planner.plan(request, has_products=True)
    ranked = shop.planner.rank(request, plan.token, shop.send(plan))
    assert content(ranked) == content(shop.service.search(request))


def test_without_products_the_ranking_is_the_same(shop: Backend) -> None:
    request = SearchRequest.parse(REQUESTS[0])
    plan = shop.planner.plan(request)
    ranked = shop.planner.rank(request, plan.token, shop.send(plan))
    expected = shop.service.search(request)
    assert [dataclasses.replace(hit, product=None) for hit in expected.hits] == list(ranked.hits)
    assert (ranked.total, ranked.facets) == (expected.total, expected.facets)


def test_rank_pages_over_the_same_answers(shop: Backend) -> None:
    request = SearchRequest(q="red dress", limit=4)
    plan = shop.planner.plan(request)
    answers = shop.send(plan)
    further = shop.planner.rank(SearchRequest(q="red dress", offset=4), plan.token, answers)
    whole = shop.service.search(SearchRequest(q="red dress", limit=250))
    expected = [hit.product_id for hit in whole.hits]
    assert [hit.product_id for hit in further.hits] == expected[4:28]


def test_a_list_goes_on_by_its_cursor(shop: Backend) -> None:
    request = SearchRequest.parse({"sort": {"field": "price"}, "limit": 7})
    plan = shop.planner.plan(request)
    first = shop.planner.rank(request, plan.token, shop.send(plan))
    request = request.model_copy(update={"cursor": first.next_cursor})
    plan = shop.planner.plan(request)
    second = shop.planner.rank(request, plan.token, shop.send(plan))
    assert content(second) == content(shop.service.search(request))


def test_a_leg_that_failed_is_named(shop: Backend) -> None:
    request = SearchRequest(q="red dress")
    plan = shop.planner.plan(request)
    answers = shop.send(plan)
    answers[1] = {"error": {"type": "x", "reason": "node left"}, "status": 503}
    ranked = shop.planner.rank(request, plan.token, answers)
    assert [part.stage for part in ranked.degraded] == ["retrieve:text_vector"]
    assert ranked.hits
    with pytest.raises(InvalidPlanError, match="no search of the plan was answered: node left"):
        shop.planner.rank(request, plan.token, [answers[1], answers[1], answers[2]])


JUNK: tuple[Any, ...] = (
    None,
    "text",
    {},
    [],
    {"hits": {"hits": [{}]}, "timed_out": False, "_shards": {"total": 1, "failed": 0}},
    {"hits": {"hits": []}, "timed_out": False, "_shards": {"total": 1, "failed": 0}},
    {"hits": {"hits": [{"_id": "a"}]}, "timed_out": False, "_shards": {"total": 1, "failed": 0}},
    {"error": "text"},
)


@pytest.mark.parametrize("junk", JUNK, ids=str)
def test_other_answers_are_refused(shop: Backend, junk: Any) -> None:
    request = SearchRequest(q="red dress", facets=("brand",))
    plan = shop.planner.plan(request, has_products=True)
    with pytest.raises(InvalidPlanError, match="responses"):
        shop.planner.rank(request, plan.token, [junk] * 3)
    with pytest.raises(InvalidPlanError, match="1 were given; the plan has 3 searches"):
        shop.planner.rank(request, plan.token, [junk])


def test_a_plan_is_good_for_its_own_request(shop: Backend) -> None:
    plan = shop.planner.plan(SearchRequest(q="red dress"))
    with pytest.raises(InvalidPlanError, match="belongs to another request"):
        shop.planner.rank(SearchRequest(q="blue dress"), plan.token, [])
    other = json.loads(base64.urlsafe_b64decode(plan.token))[0] | {"vectors": 5}
    forged = base64.urlsafe_b64encode(json.dumps([other, digest(other)]).encode()).decode()
    for token in ("", "é", "abcd", plan.token[:-8], plan.token[4:], "W10=", forged):
        with pytest.raises(InvalidPlanError, match="not one that this service made"):
            shop.planner.rank(SearchRequest(q="red dress"), token, [])


def test_weights_of_nothing_are_refused_before_anything_is_asked(shop: Backend) -> None:
    request = SearchRequest.parse(
        {"q": "dress", "hybrid": {"weights": {"lexical": 0, "text_vector": 0}}}
    )
    with pytest.raises(InvalidRequestError, match="every signal"):
        shop.planner.plan(request)


def test_a_plan_ends_with_its_profile(shop: Backend) -> None:
    request = SearchRequest(q="red dress")
    plan = shop.planner.plan(request)
    encoders = QueryEncoders({TEXT_VECTOR: WordEncoder()}, deadline_ms=DEADLINE_MS)
    newer = Preparation(encoders, Vocabulary(None), Profile(version=2))
    planner = SearchPlanner(shop.engine, newer, ElasticsearchBodies())
    with pytest.raises(ExpiredError, match="profile default 1 is gone"):
        planner.rank(request, plan.token, [])


def test_the_library_searches_with_a_client_of_the_callers_own(shop: Backend) -> None:
    settings = Settings(index_alias=shop.alias, deadline_ms=DEADLINE_MS)
    words = {"q": "red dress", "hybrid": {"weights": {"text_vector": 0}}, "limit": 3}
    with Connection(shop.url).open() as client:
        library = HybridSearch(client, settings)
        found = library.search(words)
        assert content(found) == content(shop.service.search(SearchRequest.parse(words)))
        further = library.search({**words, "snapshot": found.snapshot, "offset": 3})
        assert [hit.rank for hit in further.hits] == [4, 5, 6]
        plan = library.plan(words)
        ranked = library.rank(words, plan.token, shop.send(plan))
        assert [hit.product_id for hit in ranked.hits] == [hit.product_id for hit in found.hits]
        assert library.similar("p000", {"limit": 2}).hits
        assert client.ping(), "the client stays open"


def test_an_engine_of_our_own_has_no_plans(tmp_path: Path) -> None:
    with open_hybrid_shop(tmp_path) as embedded:
        preparation = Preparation(
            QueryEncoders({}, deadline_ms=DEADLINE_MS), Vocabulary(None), Profile()
        )
        planner = SearchPlanner(embedded.engine, preparation, None)
        with pytest.raises(PlanUnsupportedError, match="use search"):
            planner.plan(SearchRequest(q="red dress"))
