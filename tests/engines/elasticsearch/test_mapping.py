"""The index of a generation, from the shipped template."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hybrid_search.bootstrap import SHIPPED_MAPPINGS
from hybrid_search.engines.elasticsearch.documents import product_document
from hybrid_search.engines.elasticsearch.mapping import (
    generation_meta,
    index_body,
    load_mapping,
    read_generation,
)
from hybrid_search.errors import SettingsError
from hybrid_search.ranking.candidate import SignalBounds
from tests.contracts.sample_catalog import PRODUCTS, sample_generation

GENERATION = sample_generation("products-1", "int8_hnsw")


def test_a_template_is_left_as_it_was() -> None:
    template = load_mapping(SHIPPED_MAPPINGS)
    before = json.dumps(template)
    index_body(template, GENERATION, alias="products", shards=3)
    assert json.dumps(template) == before


def test_an_index_is_made_for_its_generation() -> None:
    body = index_body(load_mapping(SHIPPED_MAPPINGS), GENERATION, alias="products", shards=3)
    settings, properties = body["settings"], body["mappings"]["properties"]
    assert settings["number_of_shards"] == 3
    assert settings["refresh_interval"] == "-1", "bulk writing is faster without"
    vector = {
        "type": "dense_vector",
        "dims": 16,
        "similarity": "cosine",
        "index_options": {"type": "int8_hnsw"},
    }
    assert properties["text_vector"] == vector
    assert properties["image_vector"] == {"type": "nested", "properties": {"vector": vector}}


def test_every_field_of_a_document_is_mapped() -> None:
    mapping = load_mapping(SHIPPED_MAPPINGS)["mappings"]
    assert mapping["dynamic"] == "strict"
    written = {name for product in PRODUCTS for name in product_document(product)}
    assert written <= set(mapping["properties"])


def test_what_is_kept_about_a_generation_comes_back() -> None:
    text, image = GENERATION.vector_fields
    bounds = {"text": SignalBounds(0.5, 0.25, 0.75)}
    generation = replace(
        GENERATION, vector_fields=(replace(text, bounds=bounds), image), is_complete=True
    )
    meta = json.loads(json.dumps(generation_meta(generation, "products")))
    assert read_generation("products-1", meta, "products", is_live=True) == replace(
        generation, is_live=True
    )


def test_an_index_of_somebody_else_is_no_generation() -> None:
    assert read_generation("products-old", {}, "products", is_live=True) is None
    assert read_generation("products-old", {"other": 1}, "products", is_live=False) is None
    meta = generation_meta(GENERATION, "products")
    assert read_generation("products-1", meta, "shoes", is_live=False) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the index mapping"),
        ("{", "cannot read the index mapping"),
        ("[]", "needs the keys 'settings' and 'mappings'"),
        ('{"settings": {}}', "needs the keys 'settings' and 'mappings'"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_named(
    tmp_path: Path, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "products.json").write_text(content)
    with pytest.raises(SettingsError, match=message) as caught:
        load_mapping(tmp_path)
    assert "products.json" in str(caught.value)
