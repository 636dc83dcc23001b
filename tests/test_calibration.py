"""Bounds of cosine similarities, read off a sample."""

import random
import weakref

import numpy as np
import pytest

from hybrid_search.calibration import (
    MIN_SAMPLE,
    PRODUCT,
    TEXT,
    ProductSample,
    calibrate,
    calibrate_products,
    calibrate_sample,
    sample_queries,
)
from hybrid_search.encoders.document_text import document_text
from hybrid_search.encoders.protocol import Matrix
from tests.fashion_shop import CATALOG
from tests.word_encoder import WordEncoder


def seeded(seed: int = 0) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable on purpose


def unit_rows(number: int, seed: int = 0) -> Matrix:
    rows = np.random.default_rng(seed).normal(size=(number, 32)).astype(np.float32)
    unit: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def fashion_sample() -> ProductSample:
    sample = ProductSample(seeded())
    vectors = WordEncoder().encode_documents([document_text(product) for product in CATALOG])
    for product, vector in zip(CATALOG, vectors, strict=True):
        sample.add(product, vector)
    return sample


def test_bounds_are_the_quantiles_they_are_said_to_be() -> None:
    queries, documents = unit_rows(30, 1), unit_rows(40, 2)
    cosines = queries @ documents.T
    bounds = calibrate(queries, documents)
    assert bounds is not None
    assert bounds.lower == pytest.approx(np.median(cosines))
    assert bounds.floor == pytest.approx(np.quantile(cosines, 0.95))
    assert bounds.upper == pytest.approx(
        max(np.median(cosines.max(axis=1)), np.quantile(cosines, 0.95))
    )


def test_a_product_is_not_its_own_neighbour() -> None:
    documents = unit_rows(50)
    bounds = calibrate_products(documents)
    assert bounds is not None
    assert bounds.lower <= bounds.floor <= bounds.upper < 0.99


def test_bounds_are_in_order_and_within_cosines() -> None:
    for kind, bounds in calibrate_sample(WordEncoder(), fashion_sample(), seeded()).items():
        assert kind in {TEXT, PRODUCT}
        assert -1 <= bounds.lower <= bounds.floor <= bounds.upper <= 1


def test_a_floor_lets_the_nearest_products_of_a_query_in_and_most_others_out() -> None:
    sample = fashion_sample()
    encoder = WordEncoder()
    floor = calibrate_sample(encoder, sample, seeded())[TEXT].floor
    cosines = np.stack(sample.vectors) @ encoder.encode_queries(["red cotton dress"])[0]
    assert 0 < np.count_nonzero(cosines >= floor) < len(CATALOG) / 2


@pytest.mark.parametrize("number", [0, 1, MIN_SAMPLE - 1])
def test_too_small_a_sample_gives_no_bounds(number: int) -> None:
    assert calibrate(unit_rows(number), unit_rows(100)) is None
    assert calibrate(unit_rows(100), unit_rows(number)) is None
    assert calibrate_products(unit_rows(number)) is None


def test_no_product_at_all_gives_no_bounds() -> None:
    assert calibrate_sample(WordEncoder(), ProductSample(seeded()), seeded()) == {}


def test_queries_are_words_that_stand_side_by_side_in_titles() -> None:
    queries = sample_queries(CATALOG, seeded())
    assert len(queries) == len(CATALOG)
    titles = [product.title for product in CATALOG]
    assert all(len(query.split()) == 2 and any(query in one for one in titles) for query in queries)


def test_a_sample_is_uniform() -> None:
    chosen = np.zeros(60)
    vector = np.ones(2, dtype=np.float32)
    for seed in range(400):
        sample = ProductSample(seeded(seed), size=6)
        for product in CATALOG:
            sample.add(product, vector)
        assert len(sample.products) == len(sample.vectors) == 6
        for product in sample.products:
            chosen[int(product.id.removeprefix("p"))] += 1
    # 400 draws with p = 0.1: five standard deviations of 6 around 40.
    assert chosen.min() > 40 - 5 * 6
    assert chosen.max() < 40 + 5 * 6


def test_a_sample_keeps_no_batch_alive() -> None:
    sample = ProductSample(seeded())
    batch = np.ones((256, 8), dtype=np.float32)
    watched = weakref.ref(batch)
    sample.add(CATALOG[0], batch[7])
    del batch
    assert watched() is None
    np.testing.assert_array_equal(sample.vectors[0], np.ones(8))
