"""The index of a generation: settings and mapping from `mappings/`, vector fields and `_meta`."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hybrid_search.engines.port import Generation, VectorField
from hybrid_search.errors import SettingsError
from hybrid_search.ranking.candidate import SignalBounds

META_KEY = "hybrid_search"
META_VERSION = 2
"""To be raised when an index made before can no longer be searched by this program."""


def load_mapping(folder: Path) -> dict[str, Any]:
    """Return settings and mapping of `products.json` in a mappings folder.

    Raises:
        SettingsError: the file is missing or is not a JSON object.
    """
    path = folder / "products.json"
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"cannot read the index mapping {str(path)!r}: {error}; set HYBRID_SEARCH_MAPPINGS"
        raise SettingsError(msg) from error
    if not isinstance(body, dict) or not {"settings", "mappings"} <= body.keys():
        msg = f"{str(path)!r} needs the keys 'settings' and 'mappings'"
        raise SettingsError(msg)
    return body


def index_body(
    template: Mapping[str, Any], generation: Generation, *, alias: str, shards: int
) -> dict[str, Any]:
    """Return the body that creates the index of a generation, made for bulk writing."""
    body: dict[str, Any] = json.loads(json.dumps(template))
    body["settings"]["number_of_shards"] = shards
    body["settings"]["refresh_interval"] = "-1"
    stemmer = body["settings"]["analysis"]["filter"]["shop_stemmer"]
    stemmer["language"] = generation.language.capitalize()
    properties = body["mappings"]["properties"]
    for vector_field in generation.vector_fields:
        properties[vector_field.name] = _vector_property(vector_field)
    body["mappings"]["_meta"] = generation_meta(generation, alias)
    return body


def generation_meta(generation: Generation, alias: str) -> dict[str, Any]:
    """Return what the index keeps about its generation of an alias."""
    fields = [asdict(vector_field) for vector_field in generation.vector_fields]
    return {
        META_KEY: {
            "version": META_VERSION,
            "alias": alias,
            "is_complete": generation.is_complete,
            "created_at": generation.created_at,
            "language": generation.language,
            "vector_fields": fields,
            "attributes": list(generation.attributes),
        }
    }


def read_generation(
    name: str, meta: Mapping[str, Any], alias: str, *, is_live: bool
) -> Generation | None:
    """Return the generation of an alias that an index's `_meta` describes, or None."""
    own = meta.get(META_KEY)
    if not own or own["alias"] != alias:
        return None
    return Generation(
        name=name,
        created_at=own["created_at"],
        language=own["language"],
        vector_fields=tuple(_read_vector_field(entry) for entry in own["vector_fields"]),
        attributes=tuple(own["attributes"]),
        is_complete=own["is_complete"],
        is_live=is_live,
        is_current=own["version"] == META_VERSION,
    )


def _read_vector_field(entry: Mapping[str, Any]) -> VectorField:
    bounds = {kind: SignalBounds(**values) for kind, values in entry["bounds"].items()}
    return VectorField(**{**entry, "bounds": bounds})


def _vector_property(vector_field: VectorField) -> dict[str, Any]:
    dense = {
        "type": "dense_vector",
        "dims": vector_field.dimension,
        "similarity": "cosine",
        "index_options": {"type": vector_field.index_type},
    }
    if vector_field.kind == "single":
        return dense
    return {"type": "nested", "properties": {"vector": dense}}
