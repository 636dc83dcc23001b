"""Products as the fields that they have, for JSON of our own, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hybrid_search.catalog.product import LIST_FIELDS, Product


def product_fields(product: Product) -> dict[str, Any]:
    """Return the fields of a product, ready for JSON; what it does not have is left out."""
    fields = {
        "id": product.id,
        "title": product.title,
        "style_id": product.style_id,
        "description": product.description,
        "brand": product.brand,
        "sizes": dict(product.sizes),
        "price_minor": product.price_minor,
        "currency": product.currency,
        "popularity": product.popularity,
        "updated_at": product.updated_at and product.updated_at.isoformat(),
        "attributes": {name: list(values) for name, values in product.attributes.items()},
        **{name: list(getattr(product, name)) for name in LIST_FIELDS},
    }
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def product_of_fields(found: Mapping[str, Any]) -> Product:
    """Return the product that `product_fields` was given; nothing is checked."""
    fields = dict(found)
    for name in LIST_FIELDS:
        fields[name] = tuple(fields.get(name, ()))
    attributes = fields.get("attributes", {})
    fields["attributes"] = {name: tuple(values) for name, values in attributes.items()}
    if "updated_at" in fields:
        fields["updated_at"] = datetime.fromisoformat(fields["updated_at"])
    return Product(**fields)
