"""Profiles to choose from, ranked on a real shop."""

from collections.abc import Iterator

import pytest

from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.building import TEXT_VECTOR
from hybrid_search.evaluation.profile_grid import NamedProfile, ProfileRanker, profile_grid
from hybrid_search.merchandising.profile import Profile
from hybrid_search.query_encoding import QueryEncoders
from tests.fashion_shop import DEADLINE_MS, FashionShop, ids, open_hybrid_shop
from tests.word_encoder import WordEncoder

DEPTH = 20
WORDS_ALONE = Profile(weights={"lexical": 1.0, "text_vector": 0.0})
MEANING_ALONE = Profile(weights={"lexical": 0.0, "text_vector": 1.0})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FashionShop]:
    with open_hybrid_shop(tmp_path_factory.mktemp("hybrid")) as shop:
        yield shop


def ranker(shop: FashionShop) -> ProfileRanker:
    encoders = QueryEncoders({TEXT_VECTOR: WordEncoder()}, deadline_ms=DEADLINE_MS)
    generation = shop.engine.live_generation()
    return ProfileRanker(shop.engine, generation, encoders, Vocabulary(None), DEPTH)


@pytest.mark.parametrize("query", ["red skirt", "crimson frock", "xylophone"])
def test_the_default_ranks_as_a_search_does(shop: FashionShop, query: str) -> None:
    found = ranker(shop).rank(query, NamedProfile("default", Profile()))
    assert list(found) == ids(shop.search(query, limit=DEPTH))


def test_a_ranking_does_not_depend_on_the_profiles_before_it(shop: FashionShop) -> None:
    profiles = [NamedProfile("w", WORDS_ALONE), NamedProfile("m", MEANING_ALONE)]
    profiles += profile_grid(Profile())
    alone = [ranker(shop).rank("crimson skirt", one) for one in profiles]
    for order in (profiles, profiles[::-1]):
        together = ranker(shop)
        ranked = {one.name: together.rank("crimson skirt", one) for one in order}
        assert [ranked[one.name] for one in profiles] == alone


def test_neighbours_change_one_thing_of_the_base() -> None:
    base = Profile(name="autumn", window=50, field_weights={"title": 4.0})
    first, *neighbours = profile_grid(base)
    assert first.profile is base
    assert len({one.name for one in neighbours}) == len(neighbours)
    for one in neighbours:
        changed = [
            name
            for name in Profile.model_fields
            if getattr(one.profile, name) != getattr(base, name)
        ]
        assert len(changed) == 1
        assert one.profile.name == "autumn"


def test_no_neighbour_is_equal_to_the_base() -> None:
    base = Profile(weights={"lexical": 0.5, "text_vector": 0.5}, method="rrf")
    assert all(one.profile != base for one in profile_grid(base)[1:])
