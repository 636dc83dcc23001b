"""The values of a product by which it is filtered, counted and sorted."""

from collections.abc import Iterator
from typing import NamedTuple

from hybrid_search.catalog.currency import to_major
from hybrid_search.catalog.product import AttributeValue, Product
from hybrid_search.query.fields import ATTRIBUTE_PREFIX
from hybrid_search.query.filters import value_text
from hybrid_search.taxonomy import ancestor_paths


class Entry(NamedTuple):
    """One value of one field.

    Attributes:
        value: its one spelling, by `value_text`.
        number: the same for ranges and sorting; None for a text.
    """

    field: str
    value: str
    number: float | None = None


def product_entries(product: Product) -> list[Entry]:
    """Return every value that a filter, a facet or a sort can ask for, each once."""
    return list(dict.fromkeys(_entries(product)))


def _entries(product: Product) -> Iterator[Entry]:
    for field, text in (
        ("id", product.id),
        ("title", product.title),
        ("style_id", product.style_id),
        ("brand", product.brand),
        ("currency", product.currency),
    ):
        if text is not None:
            yield Entry(field, text)
    for field, texts in (
        ("category", ancestor_paths(product.category)),
        ("color", product.color),
        ("material", product.material),
        ("pattern", product.pattern),
        ("gender", product.gender),
        ("season", product.season),
        ("occasion", product.occasion),
        ("sizes", tuple(product.sizes)),
        ("sizes_in_stock", product.sizes_in_stock),
    ):
        yield from (Entry(field, text) for text in texts)
    yield Entry("in_stock", value_text(product.is_in_stock))
    if product.price_minor is not None and product.currency is not None:
        yield _number("price", to_major(product.price_minor, product.currency))
    if product.popularity is not None:
        yield _number("popularity", product.popularity)
    if product.updated_at is not None:
        moment = product.updated_at
        yield Entry("updated_at", moment.isoformat(), moment.timestamp())
    for name, values in product.attributes.items():
        yield from (_attribute(ATTRIBUTE_PREFIX + name, value) for value in values)


def _attribute(field: str, value: AttributeValue) -> Entry:
    if isinstance(value, str | bool):
        return Entry(field, value_text(value))
    return _number(field, value)


def _number(field: str, number: float) -> Entry:
    return Entry(field, value_text(number), float(number))
