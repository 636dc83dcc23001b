"""The commands on real servers."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from tests.cli.conftest import Command
from tests.contracts.shop import unique_alias
from tests.fashion_shop import CATALOG


@pytest.fixture
def alias(elasticsearch_url: str) -> Iterator[str]:
    alias = unique_alias().replace("-", "_")
    yield alias
    with Elasticsearch(elasticsearch_url) as client:
        for name in client.indices.get(index=f"{alias}-*", features="aliases"):
            client.indices.delete(index=name)


def test_a_catalogue_goes_in_and_explained_hits_come_out(
    command: Command, elasticsearch_url: str, alias: str, tiny_models: tuple[str, str]
) -> None:
    variables = {
        "ENGINE_URL": elasticsearch_url,
        "INDEX_ALIAS": alias,
        "TEXT_ENCODER": tiny_models[0],
    }
    indexed = command("index", "catalog.jsonl", **variables)
    assert (indexed.code, indexed.err) == (0, "")
    assert f"is live with {len(CATALOG)} products" in indexed.out
    found = command("search", "red dress", "--explain", "--facet", "brand", "--json", **variables)
    assert found.code == 0
    signals = {term["signal"] for hit in found.data["hits"] for term in hit["explanation"]["terms"]}
    assert signals == {"lexical", "text_vector"}
    assert found.data["facets"]["brand"]
    (index,) = command("indexes", "--json", **variables).data
    assert (index["products"], index["state"]) == (len(CATALOG), "live")
    doctor = command("doctor", "--json", **variables)
    assert doctor.code == 0
    engine = next(one for one in doctor.data if one["subject"] == "engine")
    assert engine["text"].startswith("Elasticsearch ")
    assert engine["text"].endswith(", basic licence")
    refused = command("indexes", "--drop", index["index"], **variables)
    assert refused.code == 1
    assert "is live and is not dropped" in refused.err


def test_before_the_first_index_the_way_is_shown(
    command: Command, elasticsearch_url: str, alias: str
) -> None:
    outcome = command("search", "red", ENGINE_URL=elasticsearch_url, INDEX_ALIAS=alias)
    assert outcome.code == 1
    assert outcome.err == (
        f"index_missing: alias '{alias}' has no index yet; run `hybrid-search index FILE`\n"
    )
