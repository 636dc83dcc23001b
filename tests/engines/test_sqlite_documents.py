from datetime import UTC, datetime, timedelta, timezone

import pytest

from hybrid_search.catalog.product import Product
from hybrid_search.engines.sqlite.documents import read_product, write_product
from hybrid_search.engines.sqlite.entries import Entry, product_entries
from tests.contracts.sample_catalog import PRODUCTS


@pytest.mark.parametrize(
    "product",
    [
        *PRODUCTS[:8],
        Product("a", "t"),
        Product("a", 'q"\\\n\t\N{NULL}é😀'),
        Product("a", "t", sizes={"XL": 0, "S": -1, "M": 10**12}),
        Product("a", "t", price_minor=0, currency="JPY", popularity=0.0),
        Product("a", "t", updated_at=datetime(2024, 1, 1, 1, 2, 3, 4, tzinfo=UTC)),
        Product("a", "t", updated_at=datetime(1969, 1, 1, tzinfo=timezone(timedelta(hours=-9)))),
        Product("a", "t", attributes={"x": (True, 1.5, "1.5", 3, "true"), "": ("",)}),
    ],
    ids=repr,
)
def test_a_product_comes_back_as_it_was(product: Product) -> None:
    read = read_product(write_product(product))
    assert read == product
    assert [type(value) for value in read.attributes.get("x", ())] == [
        type(value) for value in product.attributes.get("x", ())
    ]


def test_values_are_spelled_as_filters_spell_them() -> None:
    product = Product(
        "a",
        "t",
        category=("Women", "Shoes"),
        color=("red", "red"),
        price_minor=1999,
        currency="JPY",
        popularity=2.0,
        attributes={"vegan": (True,), "heel": (62.0, "62")},
    )
    entries = product_entries(product)
    assert len(entries) == len(set(entries))
    assert {
        Entry("category", "Women"),
        Entry("category", "Women > Shoes"),
        Entry("color", "red"),
        Entry("price", "1999", 1999.0),
        Entry("popularity", "2", 2.0),
        Entry("in_stock", "true"),
        Entry("attributes.vegan", "true"),
        Entry("attributes.heel", "62", 62.0),
        Entry("attributes.heel", "62"),
    } <= set(entries)
