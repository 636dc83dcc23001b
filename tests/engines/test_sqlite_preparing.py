import numpy as np
import pytest

from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.catalog.product import MAX_ID_BYTES, Product
from hybrid_search.engines.change_problems import MAX_REVISION, Change
from hybrid_search.engines.port import ProductDelete, ProductWrite, VectorField
from hybrid_search.engines.sqlite.preparing import STORED_VECTORS, prepare

FIELDS = (VectorField("v", 2, "single", "flat", "made:up", "f00d"),)
ENGLISH = ShopAnalyzer("english")


def write(product_id: str = "a", title: str = "t", revision: int = 1) -> ProductWrite:
    return ProductWrite(Product(product_id, title), revision)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (write("x" * (MAX_ID_BYTES + 1)), "513 bytes"),
        (write("é" * 257), "514 bytes"),
        (write(""), "0 bytes"),
        (ProductDelete("", 1), "0 bytes"),
        (write(revision=-1), "revision -1"),
        (write(revision=MAX_REVISION + 1), "out of range"),
        (write(title="\ud800"), "lone surrogate"),
        (write("\ud800"), "lone surrogate"),
        (ProductDelete("\udfff", 1), "lone surrogate"),
    ],
    ids=repr,
)
def test_a_change_that_cannot_be_stored_is_refused_alone(change: Change, reason: str) -> None:
    prepared, (failure,) = prepare([write("b"), change, ProductDelete("c", 2)], FIELDS, ENGLISH)
    assert [one.product_id for one in prepared] == ["b", "c"]
    assert reason in failure.reason


@pytest.mark.parametrize("scale", [1e-42, 1e-20, 1.0, 1e20, 3e38])
def test_vectors_of_any_length_are_stored_at_length_one(scale: float) -> None:
    vectors = np.array([[0.6 * scale, 0.8 * scale]], dtype=np.float32)
    (change,), failures = prepare(
        [ProductWrite(Product("a", "t"), 1, {"v": vectors})], FIELDS, ENGLISH
    )
    assert failures == []
    assert change.product is not None
    stored = np.frombuffer(change.product.vectors[0], STORED_VECTORS)
    assert stored.tolist() == pytest.approx([0.6, 0.8], abs=1e-2 if scale < 1e-37 else 1e-6)
