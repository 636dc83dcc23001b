"""Changes of single products: what can be asked, what is refused, and how they are kept."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hybrid_search.catalog.product import MAX_ID_BYTES, Product
from hybrid_search.catalog.product_fields import product_fields, product_of_fields
from hybrid_search.catalog.record import parse_product
from hybrid_search.engines.port import ProductDelete, ProductWrite
from hybrid_search.errors import InvalidProductError

_UPSERT = "upsert"
_DELETE = "delete"


@dataclass(frozen=True, slots=True)
class ProductUpsert:
    """The full new state of a product, as a canonical record that was not checked yet."""

    record: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ProductRemoval:
    """The end of a product."""

    product_id: str


ProductChange = ProductUpsert | ProductRemoval


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """Whether a change was accepted.

    Attributes:
        product_id: None when it cannot be read.
        reason: why it was refused; None when it was accepted.
    """

    product_id: str | None
    reason: str | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether it will be written."""
        return self.reason is None


def checked_change(change: ProductChange) -> Product | ProductRemoval:
    """Return a change that can be made.

    Raises:
        InvalidProductError: it cannot; the text says why.
    """
    if isinstance(change, ProductUpsert):
        return parse_product(change.record)
    try:
        length = len(change.product_id.encode())
    except UnicodeEncodeError as error:
        msg = f"id: {change.product_id!r} has half of a surrogate pair; correct it"
        raise InvalidProductError(msg) from error
    if not 1 <= length <= MAX_ID_BYTES:
        raise InvalidProductError(f"id: it has {length} bytes; it needs 1 to {MAX_ID_BYTES}")
    return change


def asked_id(change: ProductChange) -> str | None:
    """Return the id of the product that a change is about, when it can be read."""
    if isinstance(change, ProductRemoval):
        return change.product_id
    product_id = change.record.get("id")
    return product_id if isinstance(product_id, str) else None


def pack_changes(changes: Sequence[Product | ProductRemoval]) -> bytes:
    """Return the changes in a form that `unpack_changes` reads."""
    kept = [
        {_UPSERT: product_fields(change)}
        if isinstance(change, Product)
        else {_DELETE: change.product_id}
        for change in changes
    ]
    return zlib.compress(orjson.dumps(kept))


def unpack_changes(packed: bytes, revision: int) -> list[ProductWrite | ProductDelete]:
    """Return the changes, without vectors, with their revisions from the first one on."""
    found: list[dict[str, Any]] = orjson.loads(zlib.decompress(packed))
    return [
        ProductWrite(product_of_fields(change[_UPSERT]), number)
        if _UPSERT in change
        else ProductDelete(change[_DELETE], number)
        for number, change in enumerate(found, start=revision)
    ]
