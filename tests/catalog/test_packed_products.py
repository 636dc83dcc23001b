"""Products packed into bytes and back."""

from dataclasses import replace

import pytest

from hybrid_search.catalog.packed_products import (
    pack_products,
    packed_batches,
    unpack_products,
)
from hybrid_search.catalog.product import Product
from tests.fashion_shop import CATALOG

BARE = Product("größe/1", "T\0shirt \u2028")
NO_LIMIT = 10**9


def test_products_come_back_as_they_were() -> None:
    products = [*CATALOG, BARE, replace(BARE, id="2", attributes={"a": (True, 1.0, "x")})]
    assert unpack_products(pack_products(products)) == products
    assert unpack_products(pack_products([])) == []


@pytest.mark.parametrize(("size", "expected"), [(25, [25, 25, 10]), (20, [20] * 3), (99, [60])])
def test_batches_are_cut_by_their_number_of_products(size: int, expected: list[int]) -> None:
    batches = list(packed_batches(CATALOG, max_products=size, max_bytes=NO_LIMIT))
    assert [len(batch) for batch, _ in batches] == expected
    assert [product for batch, _ in batches for product in batch] == list(CATALOG)
    assert all(unpack_products(packed) == batch for batch, packed in batches)


def test_batches_are_cut_by_their_bytes_and_a_large_product_stands_alone() -> None:
    large = replace(CATALOG[1], description="x" * 5000)
    products = [CATALOG[0], large, CATALOG[2], CATALOG[3]]
    batches = list(packed_batches(products, max_products=10, max_bytes=2000))
    assert [batch for batch, _ in batches] == [[CATALOG[0]], [large], [CATALOG[2], CATALOG[3]]]


def test_nothing_gives_no_batch() -> None:
    assert list(packed_batches([], max_products=10, max_bytes=10)) == []
