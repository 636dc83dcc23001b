"""How much of a bare bulk load's speed, and of a bare encoder's, a reindex keeps."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk

from benchmarks.catalog import Source
from benchmarks.engines import delete_indices, elasticsearch_engine, elasticsearch_url, indexer
from benchmarks.ready_encoder import ReadyEncoder
from benchmarks.text_encoder import real_encoder
from benchmarks.timing import print_ratio
from hybrid_search.building import ENCODE_BATCH, TEXT_VECTOR
from hybrid_search.catalog.product import Product
from hybrid_search.encoders.document_text import document_text
from hybrid_search.engines.elasticsearch.documents import product_document, vector_value
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.engines.port import Generation
from hybrid_search.indexing import IndexProgress

ROUNDS = 3
ENCODED_PRODUCTS = 2_000


def run(source: Source) -> None:
    """Print the ratios of indexing."""
    print(f"Indexing, {source.label}", flush=True)
    products = list(source.products())
    with elasticsearch_url() as url, elasticsearch_engine(url) as engine:
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(_reindex_s(engine, products))
            bare.append(bulk_s(engine, url, products))
            delete_indices(engine, url)
        rate = len(products) / min(ours)
        print(f"  reindex with ready vectors     {rate:8.0f} products/s")
        print(f"  parallel_bulk, ready documents {len(products) / min(bare):8.0f} products/s")
        print_ratio("reindex / bare parallel_bulk", min(bare) / min(ours), "at least 0.9")
        _print_encoding(engine, products[:ENCODED_PRODUCTS])


def _reindex_s(engine: ElasticsearchEngine, products: Sequence[Product]) -> float:
    """Time from the first batch to all products being visible and counted."""
    reached: dict[str, float] = {}

    def observe(progress: IndexProgress) -> None:
        reached.setdefault(progress.stage, time.perf_counter())

    indexer(engine, ReadyEncoder()).reindex(
        products, estimated_products=len(products), observe=observe
    )
    return reached["calibrate"] - reached["write"]


def bulk_s(engine: ElasticsearchEngine, url: str, products: Sequence[Product]) -> float:
    """Return the seconds of the client's own parallel bulk and a refresh, documents ready."""
    live = engine.live_generation()
    name = f"{live.name}-bare"
    engine.create_generation(Generation(name, live.created_at, live.language, live.vector_fields))
    encoder = ReadyEncoder()
    actions = [_action(name, product, live, encoder) for product in products]
    with Elasticsearch(url) as client:
        started = time.perf_counter()
        deque(parallel_bulk(client, actions), maxlen=0)
        client.indices.refresh(index=name)
        seconds = time.perf_counter() - started
        client.indices.delete(index=name)
    return seconds


def _action(name: str, product: Product, live: Generation, encoder: ReadyEncoder) -> dict[str, Any]:
    vectors = encoder.encode_documents([document_text(product)])
    document = product_document(product)
    document[TEXT_VECTOR] = vector_value(live.vector_fields[0], vectors, is_packed=True)
    return {"_index": name, "_id": product.id, "_source": document}


def _print_encoding(engine: ElasticsearchEngine, products: Sequence[Product]) -> None:
    encoder = real_encoder()
    texts = [document_text(product) for product in products]
    encoder.encode_documents(texts[:ENCODE_BATCH])
    started = time.perf_counter()
    for batch in _batches(texts):
        encoder.encode_documents(batch)
    bare = time.perf_counter() - started
    started = time.perf_counter()
    seconds: list[float] = []

    def observe(progress: IndexProgress) -> None:
        if progress.stage == "calibrate":
            seconds.append(time.perf_counter() - started)

    indexer(engine, encoder).reindex(products, estimated_products=len(products), observe=observe)
    print(f"  bare loop over the encoder     {len(texts) / bare:8.0f} products/s")
    print_ratio("encoding in the pipeline / bare loop", bare / seconds[0], "at least 0.9")


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    iterator = iter(texts)
    while batch := list(islice(iterator, ENCODE_BATCH)):
        yield batch
