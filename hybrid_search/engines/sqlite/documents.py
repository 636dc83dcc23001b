"""Products and generations as JSON, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from hybrid_search.catalog.product import Product
from hybrid_search.catalog.product_fields import product_fields, product_of_fields
from hybrid_search.engines.port import Generation, VectorField
from hybrid_search.ranking.candidate import SignalBounds


def write_product(product: Product) -> str:
    """Return the JSON of a product; what it does not have is left out."""
    return json.dumps(product_fields(product), ensure_ascii=False, separators=(",", ":"))


def read_product(document: str) -> Product:
    """Return the product that `write_product` wrote."""
    return product_of_fields(json.loads(document))


def write_generation(generation: Generation) -> str:
    """Return the JSON of what is kept about a generation."""
    return json.dumps(
        {
            "created_at": generation.created_at,
            "language": generation.language,
            "attributes": list(generation.attributes),
            "is_complete": generation.is_complete,
            "vector_fields": [asdict(field) for field in generation.vector_fields],
        }
    )


def read_generation(name: str, meta: str, *, is_live: bool) -> Generation:
    """Return the generation that `write_generation` wrote."""
    kept = json.loads(meta)
    return Generation(
        name=name,
        created_at=kept["created_at"],
        language=kept["language"],
        attributes=tuple(kept["attributes"]),
        is_complete=kept["is_complete"],
        vector_fields=tuple(_read_vector_field(field) for field in kept["vector_fields"]),
        is_live=is_live,
    )


def _read_vector_field(kept: Mapping[str, Any]) -> VectorField:
    bounds = {kind: SignalBounds(**bound) for kind, bound in kept["bounds"].items()}
    return VectorField(**{**kept, "bounds": bounds})
