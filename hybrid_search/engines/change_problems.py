"""What is wrong with a change, on any engine, before it is written."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from hybrid_search.catalog.product import MAX_ID_BYTES, Product
from hybrid_search.engines.port import ProductDelete, ProductWrite, VectorField

Change = ProductWrite | ProductDelete

MAX_REVISION = 2**63 - 1


def change_id(change: Change) -> str:
    """Return the id of the product that a change is about."""
    return change.product_id if isinstance(change, ProductDelete) else change.product.id


def change_problem(change: Change, fields: Sequence[VectorField]) -> str | None:
    """Return why a change cannot be stored, or None when nothing is known against it."""
    length = len(change_id(change).encode(errors="surrogatepass"))
    if not 1 <= length <= MAX_ID_BYTES:
        return f"the id has {length} bytes; it needs 1 to {MAX_ID_BYTES}"
    if not 0 <= change.revision <= MAX_REVISION:
        return f"revision {change.revision} is out of range; it is 0 to {MAX_REVISION}"
    if isinstance(change, ProductDelete):
        return None
    if not all(map(math.isfinite, _numbers(change.product))):
        return "a number of it is NaN or infinite"
    return _first_vector_problem(change.vectors, fields)


def vector_problem(vector_field: VectorField, vectors: npt.NDArray[np.float32]) -> str | None:
    """Return why vectors cannot be stored in a field, or None when they can."""
    name, dimension = vector_field.name, vector_field.dimension
    if vectors.shape[1:] != (dimension,) or not len(vectors):
        return f"{name} has shape {vectors.shape}; it needs rows of {dimension} numbers"
    if vector_field.kind == "single" and len(vectors) != 1:
        return f"{name} has {len(vectors)} vectors; a single field needs exactly one"
    if not np.isfinite(vectors).all():
        return f"{name} has a number that is NaN or infinite"
    if not vectors.any(axis=1).all():
        return f"{name} has a vector of zeros, which has no direction"
    return None


def _first_vector_problem(
    vectors: Mapping[str, npt.NDArray[np.float32]], fields: Sequence[VectorField]
) -> str | None:
    by_name = {field.name: field for field in fields}
    for name, rows in vectors.items():
        if name not in by_name:
            known = ", ".join(by_name) or "none"
            return f"unknown vector field {name!r}; this generation has: {known}"
        if problem := vector_problem(by_name[name], rows):
            return problem
    return None


def _numbers(product: Product) -> Iterator[float]:
    if product.popularity is not None:
        yield product.popularity
    for values in product.attributes.values():
        yield from (value for value in values if isinstance(value, float))
