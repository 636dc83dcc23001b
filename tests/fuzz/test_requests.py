"""What the fuzzer sends."""

import json
from random import Random

from fuzz.bodies import mangled, search_body
from fuzz.requests import RequestMaker
from hybrid_search.errors import InvalidRequestError
from hybrid_search.query.request import SearchRequest


def test_a_seed_repeats_a_request() -> None:
    for seed in range(200):
        first, second = (RequestMaker(None).request(Random(seed)) for _ in range(2))
        assert first == second


def test_requests_are_of_every_route() -> None:
    maker = RequestMaker(None)
    routes = {maker.request(Random(seed)).route for seed in range(200)}
    assert routes == {
        "/v1/search",
        "/v1/similar/{product_id}",
        "/v1/products/{product_id}",
        "/v1/plan",
        "/v1/rank",
    }


def test_many_searches_are_good_and_many_are_not() -> None:
    good = 0
    for seed in range(500):
        try:
            SearchRequest.parse(search_body(Random(seed)))
        except InvalidRequestError:
            continue
        good += 1
    assert 100 < good < 490


def test_mangling_leaves_its_source_alone() -> None:
    for seed in range(500):
        generator = Random(seed)
        body = search_body(generator)
        before = json.dumps(body)
        for _ in range(3):
            mangled(body, generator)
        assert json.dumps(body) == before
