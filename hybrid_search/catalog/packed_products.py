"""Products packed into bytes, to be kept for a while and read once."""

import zlib
from collections.abc import Iterable, Iterator

import orjson

from hybrid_search.catalog.product import Product
from hybrid_search.catalog.product_fields import product_fields, product_of_fields

LEVEL = 1
"""The fastest compression: the bytes are read within minutes, on the same network."""


def pack_products(products: Iterable[Product]) -> bytes:
    """Return the products in a form that `unpack_products` reads."""
    return _joined(map(_as_json, products))


def unpack_products(packed: bytes) -> list[Product]:
    """Return the products that were packed, in their order."""
    return [product_of_fields(fields) for fields in orjson.loads(zlib.decompress(packed))]


def packed_batches(
    products: Iterable[Product], *, max_products: int, max_bytes: int
) -> Iterator[tuple[list[Product], bytes]]:
    """Yield the products in batches, each with its packed form.

    Args:
        products: a stream.
        max_products: of one batch.
        max_bytes: of one batch before it is packed, as far as it has more than one product.
    """
    batch: list[Product] = []
    records: list[bytes] = []
    size = 0
    for product in products:
        record = _as_json(product)
        if batch and (len(batch) == max_products or size + len(record) > max_bytes):
            yield batch, _joined(records)
            batch, records, size = [], [], 0
        batch.append(product)
        records.append(record)
        size += len(record)
    if batch:
        yield batch, _joined(records)


def _as_json(product: Product) -> bytes:
    return orjson.dumps(product_fields(product))


def _joined(records: Iterable[bytes]) -> bytes:
    return zlib.compress(b"[" + b",".join(records) + b"]", LEVEL)
