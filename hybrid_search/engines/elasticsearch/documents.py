"""Products as Elasticsearch documents and back."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from hybrid_search.catalog.currency import to_major
from hybrid_search.catalog.product import LIST_FIELDS, AttributeValue, Product
from hybrid_search.engines.port import Vector, VectorField
from hybrid_search.taxonomy import ancestor_paths

SOURCE_FIELDS = (
    "id",
    "style_id",
    "title",
    "description",
    "brand",
    "stock",
    "price_minor",
    "currency",
    "popularity",
    "updated_at",
    "attributes",
    *LIST_FIELDS,
)
"""What a product is read back from; the rest of a document is derived from these."""

_TOLD_WHEN_ZERO = frozenset({bool, int, float})
"""Empty values of these types say something: sold out, free, never bought."""
_NO_NUMBERS = (str, bool)


def product_document(product: Product) -> dict[str, Any]:
    """Return the document of a product, without vectors; empty fields are left out."""
    in_stock = product.sizes_in_stock
    document: dict[str, Any] = {
        "id": product.id,
        "style_id": product.style_id,
        "group_id": product.group_id,
        "title": product.title,
        "description": product.description or None,
        "brand": product.brand,
        "category_paths": ancestor_paths(product.category),
        "sizes": list(product.sizes),
        "sizes_in_stock": in_stock,
        "in_stock": bool(in_stock) or not product.sizes,
        "stock": [{"size": size, "pieces": pieces} for size, pieces in product.sizes.items()],
        "price_minor": product.price_minor,
        "currency": product.currency,
        "popularity": product.popularity,
        "updated_at": product.updated_at.isoformat() if product.updated_at else None,
        **{name: getattr(product, name) for name in LIST_FIELDS},
        **_attribute_fields(product.attributes),
    }
    if product.price_minor is not None and product.currency is not None:
        document["price"] = to_major(product.price_minor, product.currency)
    return {
        name: value for name, value in document.items() if value or type(value) in _TOLD_WHEN_ZERO
    }


def read_product(source: Mapping[str, Any]) -> Product:
    """Return the product that a document was made from."""
    updated_at = source.get("updated_at")
    return Product(
        id=source["id"],
        title=source["title"],
        style_id=source.get("style_id"),
        description=source.get("description", ""),
        brand=source.get("brand"),
        sizes={entry["size"]: entry["pieces"] for entry in source.get("stock", ())},
        price_minor=source.get("price_minor"),
        currency=source.get("currency"),
        popularity=source.get("popularity"),
        updated_at=datetime.fromisoformat(updated_at) if updated_at else None,
        attributes={
            name: tuple(_read_value(value) for value in values)
            for name, values in source.get("attributes", {}).items()
        },
        **{name: tuple(source.get(name, ())) for name in LIST_FIELDS},
    )


def attribute_numbers(
    attributes: Mapping[str, tuple[AttributeValue, ...]],
) -> dict[str, list[AttributeValue]]:
    """Return the numbers among the values of attributes; those without one are left out."""
    return {
        name: found
        for name, values in attributes.items()
        if (found := [value for value in values if _is_number(value)])
    }


def vector_value(vector_field: VectorField, vectors: Vector, *, is_packed: bool) -> Any:
    """Return the value of a vector field for rows of shape `(number, dimension)`.

    Packed vectors are base64 of big-endian floats, which servers take from 9.3 on; others are
    JSON arrays.
    """
    rows = [_row_value(row, is_packed=is_packed) for row in vectors]
    return rows[0] if vector_field.kind == "single" else [{"vector": row} for row in rows]


def _row_value(row: Vector, *, is_packed: bool) -> str | list[float]:
    if is_packed:
        return base64.b64encode(row.astype(">f4").tobytes()).decode("ascii")
    numbers: list[float] = row.astype(np.float64).tolist()
    return numbers


def _attribute_fields(attributes: Mapping[str, tuple[AttributeValue, ...]]) -> dict[str, Any]:
    texts = [value for values in attributes.values() for value in values if isinstance(value, str)]
    return {
        "attributes": {
            name: [_written_value(value) for value in values] for name, values in attributes.items()
        },
        "attribute_numbers": attribute_numbers(attributes),
        "attributes_text": texts,
    }


def _is_number(value: AttributeValue) -> bool:
    return not isinstance(value, _NO_NUMBERS)


def _written_value(value: AttributeValue) -> AttributeValue | int:
    """A whole number is written without decimals, which is also how a filter on it is spelled."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _read_value(value: AttributeValue | int) -> AttributeValue:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
