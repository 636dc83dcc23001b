from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import ProductWrite, ResultSet
from hybrid_search.engines.sqlite import SqliteEngine
from tests.contracts.sample_catalog import sample_generation
from tests.contracts.shop import Shop, words

FILLER = tuple(
    Product(f"x{n}", f"filler{n}", brand=f"other{n}", description=f"nothing{n}") for n in range(20)
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    engine = SqliteEngine(tmp_path / "search.db")
    generation = sample_generation("products-1", "flat")
    engine.create_generation(generation)
    shop = Shop(engine, generation)
    products = (
        Product("both", "Magenta dress", brand="Magenta", description="A frock"),
        Product("long", "Magenta dress with a very long title indeed", description="Long"),
        *FILLER,
    )
    shop.write(*(ProductWrite(product, 1) for product in products))
    yield shop
    engine.close()


def score(
    shop: Shop, product_id: str, text: str, *rules: str, weights: Mapping[str, float]
) -> float:
    query = words(text, *rules, weights=weights, minimum=1)
    lexical = shop.retrieve(ResultSet(query)).candidates[product_id].lexical
    assert lexical is not None
    return lexical.bm25_score


def test_groups_add_up(shop: Shop) -> None:
    weights = {"title": 2.0}
    parts = [score(shop, "both", word, weights=weights) for word in ("magenta", "dress")]
    assert score(shop, "both", "magenta dress", weights=weights) == pytest.approx(sum(parts))


def test_the_best_spelling_of_a_group_counts(shop: Shop) -> None:
    weights = {"title": 1.0, "description": 3.0}
    own = score(shop, "both", "dress", weights=weights)
    other = score(shop, "both", "frock", weights=weights)
    assert own != other
    best = score(shop, "both", "dress", "dress, frock", weights=weights)
    assert best == pytest.approx(max(own, other))


@pytest.mark.parametrize("rare", [6, 25])
def test_scores_are_the_same_whichever_rows_are_asked_for_together(shop: Shop, rare: int) -> None:
    number = 40
    titles = (
        f"common {'rare ' if n < rare else ''}{'more ' * (number - n)}" for n in range(number)
    )
    shop.write(*(ProductWrite(Product(f"c{n}", title), 1) for n, title in enumerate(titles)))
    results = ResultSet(words("common rare", minimum=1))
    everything = shop.retrieve(results)
    shop.write(ProductWrite(FILLER[0], 2))
    few = shop.retrieve(results, window=5)
    assert len(everything.candidates) == number
    assert few.legs["lexical"] == everything.legs["lexical"][:5]
    for product_id, candidate in few.candidates.items():
        assert candidate == everything.candidates[product_id]


def test_a_word_counts_more_in_a_shorter_field(shop: Shop) -> None:
    weights = {"title": 1.0}
    assert score(shop, "both", "dress", weights=weights) > score(
        shop, "long", "dress", weights=weights
    )


def test_the_length_of_other_fields_does_not_matter(shop: Shop) -> None:
    weights = {"title": 1.0}
    before = score(shop, "both", "magenta", weights=weights)
    longer = Product("both", "Magenta dress", brand="Magenta", description="A frock " * 50)
    shop.write(ProductWrite(longer, 2))
    assert score(shop, "both", "magenta", weights=weights) == before
