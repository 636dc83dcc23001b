"""A small catalogue with every kind of field, gap and tie, and its made-up vectors."""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import (
    Generation,
    IndexType,
    ProductWrite,
    VectorClause,
    VectorField,
)

DIMENSION = 16
SIZE = 48

_BRANDS = ("Acme", "Nordlicht & Söhne", "Atelier 7", "blue")
_COLORS = ("red", "blue", "green")
_GARMENTS = (
    ("dress", ("Women", "Dresses")),
    ("boots", ("Women", "Shoes", "Boots")),
    ("shirt", ("Men", "Shirts")),
    ("sneakers", ("Men", "Shoes", "Sneakers")),
)
_MATERIALS = ("cotton", "leather", "silk")


def sample_product(n: int) -> Product:
    garment, category = _GARMENTS[n % 4]
    color = _COLORS[n % 3]
    second = _COLORS[(n + 1) % 3]
    material = _MATERIALS[n // 4 % 3]
    has_price = n % 7 != 0
    return Product(
        id=f"p{n:02}",
        title=f"{color} {material} {garment}",
        style_id=f"s{n // 3}" if n < SIZE // 2 else None,
        description="" if n % 4 == 0 else f"A {material} {garment} for every day, also in {second}",
        brand=None if n % 13 == 0 else _BRANDS[n % 4],
        category=category if n % 11 else (),
        color=(color, second) if n % 2 else (color,),
        material=(material,),
        pattern=("striped",) if n % 10 == 3 else (),
        gender=("women",) if n % 4 < 2 else ("men",),
        season=("summer", "winter")[: n % 3],
        occasion=("party",) if n % 9 == 0 else (),
        sizes={} if n % 6 == 1 else {"S": n % 2, "M": n % 3, "one size/XL": n % 5},
        price_minor=1000 * (n % 6 + 1) + n % 2 * 50 if has_price else None,
        currency="EUR" if has_price else None,
        images=(f"images/{n}.jpg",),
        popularity=None if n % 5 == 0 else n % 9 / 2,
        updated_at=None if n % 8 == 0 else _time(n),
        attributes=_attributes(n),
    )


def _time(n: int) -> datetime:
    return datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(days=n % 20, seconds=n % 3)


def _attributes(n: int) -> dict[str, tuple[str | float | bool, ...]]:
    attributes: dict[str, tuple[str | float | bool, ...]] = {
        "fit": ("slim", "regular")[n % 2 : n % 2 + 1 + n % 3],
        "vegan": (n % 2 == 0,),
    }
    if n % 4 == 1:
        attributes["heel height"] = (n % 3 * 2.5,)
    return {name: values for name, values in attributes.items() if values}


def unit_rows(seed: int, count: int) -> npt.NDArray[np.float32]:
    """Return random unit vectors, shape `(count, DIMENSION)`."""
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    unit: npt.NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def sample_vectors(n: int) -> dict[str, npt.NDArray[np.float32]]:
    vectors = {}
    if n % 6 != 5:
        vectors["text_vector"] = unit_rows(n, 1)
    if n % 9 != 8:
        vectors["image_vector"] = unit_rows(1000 + n, 1 + n % 3)
    return vectors


PRODUCTS = tuple(sample_product(n) for n in range(SIZE))
WRITES = tuple(
    ProductWrite(product, revision=1, vectors=sample_vectors(n))
    for n, product in enumerate(PRODUCTS)
)


def vector_fields(index_type: IndexType) -> tuple[VectorField, ...]:
    return (
        VectorField("text_vector", DIMENSION, "single", index_type, "made:up", "f00d"),
        VectorField("image_vector", DIMENSION, "multi", index_type, "made:up", "cafe"),
    )


def sample_generation(name: str, index_type: IndexType) -> Generation:
    return Generation(
        name=name,
        created_at="2024-05-01T00:00:00+00:00",
        language="english",
        vector_fields=vector_fields(index_type),
        attributes=("fit", "heel height", "vegan"),
    )


def clause(field: VectorField, seed: int, floor: float = -1.0) -> VectorClause:
    """Return the clause of a random unit vector."""
    return VectorClause(field, unit_rows(seed, 1)[0], floor)
