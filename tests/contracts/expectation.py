"""What engines must answer, worked out product by product with nothing but Python and NumPy."""

from collections.abc import Callable, Sequence
from datetime import datetime

from hybrid_search.catalog.currency import to_major
from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import ProductWrite, VectorClause
from hybrid_search.query.fields import ATTRIBUTE_PREFIX
from hybrid_search.query.filters import Filter, TermsFilter, value_text
from hybrid_search.taxonomy import ancestor_paths

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "gte": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "lte": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
}


def filter_values(product: Product, field: str) -> tuple[str | float | bool, ...]:
    """Return the values of a product that filters on `field` see."""
    if field.startswith(ATTRIBUTE_PREFIX):
        return tuple(product.attributes.get(field.removeprefix(ATTRIBUTE_PREFIX), ()))
    if field == "category":
        return ancestor_paths(product.category)
    if field == "in_stock":
        return (product.is_in_stock,)
    if field == "sizes":
        return tuple(product.sizes)
    if field == "price":
        return () if product.price_minor is None else (price(product),)
    value = getattr(product, field)
    return value if isinstance(value, tuple) else () if value is None else (value,)


def price(product: Product) -> float:
    if product.price_minor is None or product.currency is None:
        msg = f"{product.id} has no price"
        raise LookupError(msg)
    return to_major(product.price_minor, product.currency)


def obeys(product: Product, wanted: Filter) -> bool:
    """Return whether a product passes a filter."""
    values = filter_values(product, wanted.field)
    if isinstance(wanted, TermsFilter):
        return not {value_text(value) for value in values}.isdisjoint(
            value_text(value) for value in wanted.values
        )
    return any(
        all(
            _COMPARE[operator](_number(value), _number(bound))
            for operator, bound in wanted.bounds.items()
        )
        for value in values
        if not isinstance(value, str)
    )


def cosine(write: ProductWrite, wanted: VectorClause) -> float | None:
    """Return the cosine of the product's best vector, or None when it has none."""
    vectors = write.vectors.get(wanted.field.name)
    return None if vectors is None else float((vectors @ wanted.vector).max())


def neighbours(writes: Sequence[ProductWrite], wanted: VectorClause) -> list[str]:
    """Return the ids of products with a vector at or above the floor, best first."""
    cosines = {write.product.id: cosine(write, wanted) for write in writes}
    found = {key: value for key, value in cosines.items() if value is not None}
    return sorted(
        (key for key, value in found.items() if value >= wanted.floor),
        key=lambda key: (-found[key], key),
    )


def _number(value: object) -> float:
    if isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    return value.timestamp() if isinstance(value, datetime) else float(str(value))
