"""How hits are ranked: weights, methods, boosts and diversity, each as explained."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hybrid_search.errors import InvalidRequestError
from hybrid_search.merchandising.profile import Profile
from hybrid_search.query.filters import FilterValue
from hybrid_search.query.request import Boost
from hybrid_search.ranking.normalization import NORMALIZATIONS
from hybrid_search.response import SearchResponse
from tests.fashion_shop import FashionShop, ids, open_hybrid_shop, product_of

ALL = 250
ACME = {"field": "brand", "value": "Acme"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FashionShop]:
    with open_hybrid_shop(tmp_path_factory.mktemp("ranking")) as shop:
        yield shop


def scores(response: SearchResponse) -> dict[str, float]:
    return {hit.product_id: hit.final_score or 0.0 for hit in response.hits}


def of_brand(response: SearchResponse, brand: str) -> set[str]:
    return {hit.product_id for hit in response.hits if product_of(hit).brand == brand}


def require_scores_add_up(response: SearchResponse) -> None:
    assert response.hits
    for hit in response.hits:
        explanation = hit.explanation
        assert explanation is not None
        assert explanation.product_id == hit.product_id
        assert explanation.rebuild_final_score() == hit.final_score == explanation.final_score


@pytest.mark.parametrize(
    "options",
    [
        *({"hybrid": {"normalization": name}} for name in NORMALIZATIONS),
        {"hybrid": {"method": "rrf"}},
        {"hybrid": {"method": "rrf", "rank_constant": 1}},
        {"hybrid": {"weights": {"lexical": 0}}},
        {"hybrid": {"weights": {"text_vector": 0}}},
        {"hybrid": {"window": 4}},
        {"boosts": [{**ACME, "factor": 1.3}, {"field": "color", "value": "red", "factor": 0.5}]},
        {"diversity": {"mmr_lambda": 0.3, "brand_cap": 1, "depth": 5}},
        {"collapse": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("q", ["red dress", "red silk frock"])
def test_the_terms_rebuild_every_score_exactly(
    shop: FashionShop, q: str, options: dict[str, Any]
) -> None:
    require_scores_add_up(shop.search(q, limit=ALL, explain=True, **options))


def test_scores_are_explained_only_when_asked_for(shop: FashionShop) -> None:
    plain = shop.search("red dress")
    assert {hit.explanation for hit in plain.hits} == {None}
    assert scores(plain) == scores(shop.search("red dress", explain=True))


def test_a_signal_of_no_weight_finds_and_ranks_nothing(shop: FashionShop) -> None:
    words = shop.search("red frock", limit=ALL, hybrid={"weights": {"text_vector": 0}})
    assert {product_of(hit).title.split()[0] for hit in words.hits} >= {"red"}
    vectors = shop.search("red frock", limit=ALL, explain=True, hybrid={"weights": {"lexical": 0}})
    assert words.total != vectors.total
    for hit in vectors.hits:
        assert hit.explanation is not None
        assert [term.signal for term in hit.explanation.terms] == ["text_vector"]


def test_weights_for_no_signal_at_all_are_refused(shop: FashionShop) -> None:
    none = {"lexical": 0, "text_vector": 0}
    with pytest.raises(InvalidRequestError, match="every signal of this search weighs 0"):
        shop.search("red dress", hybrid={"weights": none})


def test_a_weight_for_an_unknown_signal_is_refused_by_name(shop: FashionShop) -> None:
    with pytest.raises(InvalidRequestError, match=r"no signal 'text_vectr'.*'text_vector'"):
        shop.search("red dress", hybrid={"weights": {"text_vectr": 1}})


@pytest.mark.parametrize("window", [5, 200])
@pytest.mark.parametrize("factor", [1.5, 3, 10])
def test_a_boost_moves_that_brand_alone_by_its_factor(
    shop: FashionShop, window: int, factor: float
) -> None:
    hybrid = {"window": window}
    boost = {**ACME, "factor": factor}
    before = shop.search("dress", limit=ALL, hybrid=hybrid)
    after = shop.search("dress", limit=ALL, hybrid=hybrid, boosts=[boost], explain=True)
    require_scores_add_up(after)
    acme = of_brand(after, "Acme")
    assert acme
    for hit in after.hits:
        assert hit.explanation is not None
        applied = [(one.field, one.value, one.factor) for one in hit.explanation.boosts]
        expected = [("brand", "Acme", factor)] if hit.product_id in acme else []
        assert applied == expected
        assert hit.final_score == hit.explanation.fused_score * (factor if applied else 1)
    for product_id in ids(before):
        if product_id in scores(after) and product_id not in acme:
            assert scores(after)[product_id] == scores(before)[product_id]


def test_a_boost_reaches_products_outside_the_window(shop: FashionShop) -> None:
    hybrid = {"window": 5}
    without = shop.search("sneakers", limit=ALL, hybrid=hybrid)
    outsiders = {
        str(product_of(hit).brand)
        for hit in shop.search("sneakers", limit=ALL).hits
        if product_of(hit).brand
    } - {str(product_of(hit).brand) for hit in without.hits}
    assert outsiders
    for brand in outsiders:
        boost = {"field": "brand", "value": brand, "factor": 5}
        boosted = shop.search("sneakers", limit=ALL, hybrid=hybrid, boosts=[boost])
        lifted = of_brand(boosted, brand)
        assert lifted
        assert ids(boosted)[: len(lifted)] == [pid for pid in ids(boosted) if pid in lifted]
        others = [product_id for product_id in ids(boosted) if product_id not in lifted]
        assert others == ids(without)[: len(others)]


def test_a_boost_below_one_sends_a_brand_back(shop: FashionShop) -> None:
    before = shop.search("dress", limit=ALL)
    after = shop.search("dress", limit=ALL, boosts=[{**ACME, "factor": 0.5}])
    assert set(ids(after)) == set(ids(before))
    for product_id in of_brand(before, "Acme"):
        assert scores(after)[product_id] == scores(before)[product_id] * 0.5


def test_absurd_factors_are_clamped_and_say_so(shop: FashionShop) -> None:
    for asked, applied in ((1e9, 10.0), (1e-9, 0.1)):
        hits = shop.search("dress", boosts=[{**ACME, "factor": asked}], explain=True).hits
        boosts = [hit.explanation.boosts for hit in hits if hit.explanation]
        assert {(one.requested, one.factor) for found in boosts for one in found} == {
            (asked, applied)
        }


def test_boosts_of_profile_and_request_multiply(tmp_path: Path) -> None:
    profile = Profile(boosts=(Boost(field="color", value="red", factor=1.25),))
    with open_hybrid_shop(tmp_path, profile=profile) as shop:
        response = shop.search("dress", boosts=[{**ACME, "factor": 2}], limit=ALL, explain=True)
        require_scores_add_up(response)
        for hit in response.hits:
            assert hit.explanation is not None
            factors = [1.25] * ("red" in product_of(hit).color) + [2.0] * (
                product_of(hit).brand == "Acme"
            )
            assert [boost.factor for boost in hit.explanation.boosts] == factors
        with pytest.raises(InvalidRequestError, match="profile and request have 21 together"):
            shop.search("dress", boosts=[{**ACME, "factor": 2}] * 20)


@pytest.mark.parametrize(
    ("field", "value"),
    [("in_stock", True), ("category", "Women"), ("attributes.heel", 1.5), ("sizes_in_stock", "M")],
)
def test_any_field_of_values_can_be_boosted(
    shop: FashionShop, field: str, value: FilterValue
) -> None:
    response = shop.search(
        "dress", boosts=[{"field": field, "value": value, "factor": 2}], limit=ALL, explain=True
    )
    having = set(ids(shop.search("dress", filter={field: value}, limit=ALL)))
    boosted = {
        hit.product_id for hit in response.hits if hit.explanation and hit.explanation.boosts
    }
    assert boosted == having != set()


def test_a_boost_of_numbers_is_refused(shop: FashionShop) -> None:
    with pytest.raises(InvalidRequestError, match="cannot boost 'price' by value"):
        shop.search("dress", boosts=[{"field": "price", "value": "10", "factor": 2}])


def test_a_brand_cap_holds_in_the_first_places(shop: FashionShop) -> None:
    plain = shop.search("red valentino dress", limit=ALL)
    capped = shop.search("red valentino dress", limit=ALL, diversity={"brand_cap": 1, "depth": 4})
    brands = [product_of(hit).brand for hit in capped.hits]
    assert Counter(brands[:4]).most_common(1)[0][1] == 1
    assert Counter(product_of(hit).brand for hit in plain.hits[:4]).most_common(1)[0][1] > 1
    assert set(ids(capped)) == set(ids(plain))


def test_diversity_tells_which_products_it_moved(shop: FashionShop) -> None:
    plain = ids(shop.search("red dress", limit=ALL))
    spread = shop.search("red dress", limit=ALL, diversity={"mmr_lambda": 0.2}, explain=True)
    moved = 0
    for hit in spread.hits:
        assert hit.explanation is not None
        former = hit.explanation.rank_before_diversity
        assert plain.index(hit.product_id) + 1 == (former or hit.rank)
        moved += former is not None
    assert moved
