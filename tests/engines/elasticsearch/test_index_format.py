"""Indices that another version of the program made."""

from dataclasses import replace

import pytest
from elasticsearch import Elasticsearch

from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.engines.elasticsearch.mapping import META_KEY
from hybrid_search.engines.port import Generation
from hybrid_search.errors import IndexFormatError


def test_an_index_of_another_version_is_not_searched_and_can_be_replaced(
    client: Elasticsearch, engine: ElasticsearchEngine, alias: str
) -> None:
    older = Generation(f"{alias}-1", "2025-01-01T00:00:00+00:00", "english", is_complete=True)
    engine.create_generation(older)
    engine.switch(older.name)
    assert engine.live_generation().is_current
    mapping = client.indices.get_mapping(index=older.name)[older.name]["mappings"]
    meta = mapping["_meta"]
    meta[META_KEY]["version"] -= 1
    client.indices.put_mapping(index=older.name, meta=meta)
    with pytest.raises(IndexFormatError, match=f"'{older.name}' was made by another version"):
        engine.live_generation()
    (listed,) = engine.generations()
    assert listed == replace(older, is_live=True, is_current=False)
    newer = replace(older, name=f"{alias}-2", created_at="2025-01-02T00:00:00+00:00")
    engine.create_generation(newer)
    engine.switch(newer.name)
    assert engine.live_generation().name == newer.name
    engine.drop(older.name)
