"""Numeric attributes are made known by the bulk, not by the document."""

import pytest
from elasticsearch import Elasticsearch

from hybrid_search.catalog.product import AttributeValue, Product
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.engines.port import Generation, ProductWrite
from hybrid_search.errors import IndexMissingError

FIELDS = 60


@pytest.fixture
def generation(engine: ElasticsearchEngine, alias: str) -> Generation:
    generation = Generation(f"{alias}-1", "2025-01-01T00:00:00+00:00", "english")
    engine.create_generation(generation)
    return generation


def with_number(n: int) -> ProductWrite:
    attributes: dict[str, tuple[AttributeValue, ...]]
    attributes = {f"number.{n} of {FIELDS}": (float(n), "text"), f"text {n}": ("x", True)}
    return ProductWrite(Product(f"p{n}", "Dress", attributes=attributes), 1)


def mapping_version(url: str, index: str) -> int:
    with Elasticsearch(url) as client:
        state = client.cluster.state(metric="metadata", index=index)
    return int(state["metadata"]["indices"][index]["mapping_version"])


def number_fields(url: str, index: str) -> set[str]:
    with Elasticsearch(url) as client:
        found = client.indices.get_mapping(index=index)[index]["mappings"]["properties"]
    properties = found["attribute_numbers"].get("properties", {})
    assert {field["type"] for field in properties.values()} <= {"double"}
    return set(properties)


def test_a_bulk_makes_all_its_numbers_known_at_once(
    engine: ElasticsearchEngine, elasticsearch_url: str, generation: Generation
) -> None:
    before = mapping_version(elasticsearch_url, generation.name)
    writes = [with_number(n) for n in range(FIELDS)]
    assert engine.write(generation.name, writes).written == FIELDS
    assert mapping_version(elasticsearch_url, generation.name) == before + 1
    expected = {f"number.{n} of {FIELDS}" for n in range(FIELDS)}
    assert number_fields(elasticsearch_url, generation.name) == expected
    engine.write(generation.name, [ProductWrite(one.product, 2) for one in writes])
    engine.write(generation.name, [with_number(FIELDS)])
    assert mapping_version(elasticsearch_url, generation.name) == before + 2


def test_where_not_all_numbers_fit_each_product_is_judged_by_itself(
    engine: ElasticsearchEngine, elasticsearch_url: str, generation: Generation
) -> None:
    with Elasticsearch(elasticsearch_url) as client:
        settings = {"index.mapping.total_fields.limit": 60}
        client.indices.put_settings(index=generation.name, settings=settings)
    report = engine.write(generation.name, [with_number(n) for n in range(FIELDS)])
    assert 0 < report.written < FIELDS
    assert report.written + len(report.failures) == FIELDS
    assert all("Limit of total fields" in failure.reason for failure in report.failures)
    known = number_fields(elasticsearch_url, generation.name)
    refused = {failure.product_id for failure in report.failures}
    assert {f"number.{n} of {FIELDS}" for n in range(FIELDS) if f"p{n}" not in refused} == known


def test_an_index_that_was_dropped_is_not_made_again(
    engine: ElasticsearchEngine, generation: Generation
) -> None:
    engine.drop(generation.name)
    with pytest.raises(IndexMissingError):
        engine.write(generation.name, [with_number(0)])
    assert engine.generations() == ()
