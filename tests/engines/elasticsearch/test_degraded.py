"""Legs that fail, deadlines that pass, and what the other legs still answer."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid_search.bootstrap import SHIPPED_MAPPINGS
from hybrid_search.catalog.product import Product
from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.engines.port import (
    Generation,
    PagePlan,
    ProductWrite,
    ResultSet,
    RetrievalPlan,
    VectorClause,
    VectorField,
)
from hybrid_search.errors import EngineError, EngineTimeoutError
from hybrid_search.query.filters import TermsFilter
from hybrid_search.query.request import SearchRequest
from tests.contracts.shop import words
from tests.engines.elasticsearch.conftest import OpenEngine
from tests.engines.elasticsearch.stand_ins import answering, silent
from tests.fashion_shop import search_service

FIELD = VectorField("text_vector", 4, "single", "flat", "made:up", "f00d")
RED = np.array([1, 0, 0, 0], dtype=np.float32)
PRODUCTS = (
    ProductWrite(Product("dress", "Red dress", brand="Acme"), 1, {"text_vector": RED[np.newaxis]}),
    ProductWrite(Product("scarf", "Woollen scarf", brand="Coco"), 1),
)


@pytest.fixture
def name(engine: ElasticsearchEngine, alias: str) -> str:
    """A live generation of a product with a vector and one without."""
    generation = Generation(f"{alias}-1", "2025-01-01T00:00:00+00:00", "english", (FIELD,))
    engine.create_generation(generation)
    assert engine.write(generation.name, PRODUCTS).failures == ()
    engine.switch(generation.name)
    return generation.name


def test_a_leg_that_fails_is_named_and_the_others_answer(
    engine: ElasticsearchEngine, name: str
) -> None:
    too_short = VectorClause(replace(FIELD, dimension=3), RED[:3])
    plan = RetrievalPlan(ResultSet(words("scarf"), (too_short,)), window=10)
    retrieval = engine.retrieve(name, plan)
    assert retrieval.candidates.legs == {"lexical": ("scarf",)}
    (degraded,) = retrieval.degraded
    assert degraded.stage == "retrieve:text_vector"
    assert "different number of dimensions [3]" in degraded.reason
    assert "\n" not in degraded.reason


def test_legs_of_a_boost_that_fail_leave_the_signals_whole(
    engine: ElasticsearchEngine, name: str
) -> None:
    results = ResultSet(words("dress scarf", minimum=1), (VectorClause(FIELD, RED),))
    boosted = (TermsFilter("price", ("cheap",)), TermsFilter("brand", ("Acme",)))
    retrieval = engine.retrieve(name, RetrievalPlan(results, window=10, boosted=boosted))
    assert retrieval.candidates == engine.retrieve(name, RetrievalPlan(results, 10)).candidates
    assert [part.stage for part in retrieval.degraded] == [
        "retrieve:lexical:boosted",
        "retrieve:text_vector:boosted",
    ]


def test_when_every_leg_fails_the_first_ones_error_is_raised(
    engine: ElasticsearchEngine, name: str, elasticsearch_url: str
) -> None:
    results = ResultSet(words("dress"), filters=(TermsFilter("price", ("cheap",)),))
    with pytest.raises(EngineError, match="For input string") as caught:
        engine.retrieve(name, RetrievalPlan(results, window=10))
    assert elasticsearch_url in str(caught.value)
    with pytest.raises(EngineError, match="For input string"):
        engine.page(name, PagePlan(results))


def test_a_search_ends_at_its_deadline_when_the_server_is_silent(open_engine: OpenEngine) -> None:
    plan = RetrievalPlan(ResultSet(words("dress")), window=10)
    with silent() as url:
        # The timeout of other requests is longer than any test may take.
        engine = open_engine(Connection(url, timeout_ms=600_000))
        with pytest.raises(EngineTimeoutError, match=f"{url} did not answer in time"):
            engine.retrieve("products-1", plan, deadline_ms=30)
        with pytest.raises(EngineTimeoutError):
            engine.page("products-1", PagePlan(ResultSet()), deadline_ms=30)


def test_a_service_ends_at_its_deadline_when_the_server_is_silent(alias: str) -> None:
    with silent() as url:
        engine = ElasticsearchEngine(
            Connection(url, timeout_ms=600_000),
            alias=alias,
            mappings=SHIPPED_MAPPINGS,
            lookup_timeout_ms=30,
        )
        with pytest.raises(EngineTimeoutError, match=f"{url} did not answer in time"):
            search_service(engine, None, deadline_ms=30).search(SearchRequest(q="red dress"))
        engine.close()


LATE = {"took": 30, "timed_out": True, "_shards": {"total": 1, "failed": 0}, "hits": {"hits": []}}
WHOLE = {"took": 3, "timed_out": False, "_shards": {"total": 1, "failed": 0}, "hits": {"hits": []}}
TORN = {
    "took": 3,
    "timed_out": False,
    "_shards": {
        "total": 3,
        "failed": 1,
        "failures": [{"reason": {"type": "node_disconnected", "reason": "node left"}}],
    },
    "hits": {"hits": []},
}


@pytest.mark.parametrize(
    ("leg", "reason"),
    [(LATE, "it was not done before its deadline"), (TORN, "1 of 3 shards failed: node left")],
    ids=["late", "torn"],
)
def test_a_leg_that_is_late_or_torn_is_named(
    open_engine: OpenEngine, leg: dict[str, object], reason: str
) -> None:
    plan = RetrievalPlan(ResultSet(words("red"), (VectorClause(FIELD, RED),)), window=10)
    with answering(200, {"responses": [leg, WHOLE]}) as url:
        retrieval = open_engine(Connection(url)).retrieve("products-1", plan)
    assert [(part.stage, part.reason) for part in retrieval.degraded] == [
        ("retrieve:lexical", reason)
    ]
    assert retrieval.candidates.legs == {"text_vector": ()}


def test_a_search_that_is_late_in_every_leg_is_a_timeout(open_engine: OpenEngine) -> None:
    plan = RetrievalPlan(ResultSet(words("red")), window=10)
    with answering(200, {"responses": [LATE]}) as url:
        engine = open_engine(Connection(url))
        with pytest.raises(EngineTimeoutError, match="it was not done before its deadline"):
            engine.retrieve("products-1", plan)
