"""Products as documents and back."""

import base64
from datetime import UTC, datetime

import numpy as np
import pytest

from hybrid_search.catalog.product import AttributeValue, Product
from hybrid_search.engines.elasticsearch.documents import (
    SOURCE_FIELDS,
    product_document,
    read_product,
    vector_value,
)
from hybrid_search.engines.port import VectorField
from tests.contracts.sample_catalog import PRODUCTS
from tests.fashion_shop import CATALOG

DERIVED = {
    "category_paths",
    "group_id",
    "sizes",
    "sizes_in_stock",
    "in_stock",
    "price",
    "attribute_numbers",
    "attributes_text",
}


@pytest.mark.parametrize("product", [*PRODUCTS, *CATALOG[:5]], ids=lambda product: product.id)
def test_a_product_is_read_back_from_the_fields_that_are_fetched(product: Product) -> None:
    document = product_document(product)
    fetched = {name: document[name] for name in SOURCE_FIELDS if name in document}
    assert read_product(fetched) == product
    assert set(document) - set(fetched) <= DERIVED


def test_empty_fields_take_no_room() -> None:
    assert product_document(Product("a", "Dress")) == {
        "id": "a",
        "title": "Dress",
        "group_id": "a",
        "in_stock": True,
    }


def test_a_price_is_in_major_units_of_its_currency() -> None:
    for minor, currency, price in ((1999, "EUR", 19.99), (1999, "JPY", 1999), (1999, "KWD", 1.999)):
        document = product_document(Product("a", "Dress", price_minor=minor, currency=currency))
        assert (document["price"], document["price_minor"]) == (price, minor)


def test_numbers_of_attributes_can_be_compared_and_their_texts_searched() -> None:
    attributes: dict[str, tuple[AttributeValue, ...]] = {
        "fit": ("slim",),
        "heel": (2.0, 2.5),
        "vegan": (True,),
        "mixed": ("x", 3.0),
    }
    document = product_document(Product("a", "Dress", attributes=attributes))
    assert document["attributes"] == {
        "fit": ["slim"],
        "heel": [2, 2.5],
        "vegan": [True],
        "mixed": ["x", 3],
    }
    assert document["attribute_numbers"] == {"heel": [2.0, 2.5], "mixed": [3.0]}
    assert document["attributes_text"] == ["slim", "x"]


def test_every_ancestor_of_a_category_can_be_filtered_by() -> None:
    document = product_document(Product("a", "Boots", category=("Women", "Shoes", "Boots")))
    assert document["category_paths"] == ("Women", "Women > Shoes", "Women > Shoes > Boots")


def test_times_keep_their_fractions() -> None:
    moment = datetime(2025, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
    product = Product("a", "Dress", updated_at=moment)
    assert read_product(product_document(product)).updated_at == moment


@pytest.mark.parametrize("kind", ["single", "multi"])
def test_packed_vectors_hold_the_same_numbers(kind: str) -> None:
    field = VectorField("v", 3, kind, "flat", "e", "f")  # type: ignore[arg-type] # of parametrize
    rows = np.array([[0.1, -0.2, 3e-7]], dtype=np.float32)
    plain = vector_value(field, rows, is_packed=False)
    packed = vector_value(field, rows, is_packed=True)
    if kind == "multi":
        (plain,), (packed,) = ([entry["vector"] for entry in value] for value in (plain, packed))
    unpacked = np.frombuffer(base64.b64decode(packed), dtype=">f4")
    np.testing.assert_array_equal(unpacked, rows[0])
    np.testing.assert_array_equal(np.array(plain, dtype=np.float32), rows[0])
