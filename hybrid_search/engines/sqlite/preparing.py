"""Changes in the form in which they are stored: checked, analysed and packed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.analysis.texts import searched_texts
from hybrid_search.engines.change_problems import Change, change_id, change_problem
from hybrid_search.engines.port import ProductWrite, VectorField, WriteFailure
from hybrid_search.engines.sqlite.documents import write_product
from hybrid_search.engines.sqlite.entries import Entry, product_entries
from hybrid_search.engines.sqlite.text_indexes import indexed_texts

STORED_VECTORS = "<f4"


class PreparedProduct(NamedTuple):
    """A product as it is stored.

    Attributes:
        texts: what each of `TEXT_INDEXES` holds.
        vectors: unit vectors as little-endian float32, by the place of their field.
    """

    group_id: str
    document: str
    texts: tuple[str, ...]
    entries: Sequence[Entry]
    vectors: Mapping[int, bytes]


class PreparedChange(NamedTuple):
    """A change that can be stored; without a product it is a delete."""

    product_id: str
    revision: int
    product: PreparedProduct | None


def prepare(
    changes: Iterable[Change], vector_fields: Sequence[VectorField], analyzer: ShopAnalyzer
) -> tuple[list[PreparedChange], list[WriteFailure]]:
    """Return the changes that can be stored, and why the others cannot."""
    prepared: list[PreparedChange] = []
    failures: list[WriteFailure] = []
    for change in changes:
        product_id = change_id(change)
        try:
            product_id.encode()
            problem = change_problem(change, vector_fields)
            product = None
            if problem is None and isinstance(change, ProductWrite):
                product = _prepare(change, vector_fields, analyzer)
        except UnicodeEncodeError as error:
            problem = f"a text has a lone surrogate, which is no character: {error}"
        if problem is None:
            prepared.append(PreparedChange(product_id, change.revision, product))
        else:
            failures.append(WriteFailure(product_id, problem))
    return prepared, failures


def _prepare(
    write: ProductWrite, fields: Sequence[VectorField], analyzer: ShopAnalyzer
) -> PreparedProduct:
    """Return the product as it is stored.

    Raises:
        UnicodeEncodeError: a text of the product cannot be written as UTF-8.
    """
    document = write_product(write.product)
    document.encode()
    return PreparedProduct(
        group_id=write.product.group_id,
        document=document,
        texts=indexed_texts(searched_texts(write.product), analyzer),
        entries=product_entries(write.product),
        vectors={
            place: _packed(write.vectors[field.name])
            for place, field in enumerate(fields)
            if field.name in write.vectors
        },
    )


def _packed(vectors: npt.NDArray[np.float32]) -> bytes:
    """Return the vectors at length 1, scaled first so that no square over- or underflows."""
    scaled = vectors.astype(np.float64) / np.abs(vectors).max(axis=1, keepdims=True)
    unit = scaled / np.linalg.norm(scaled, axis=1, keepdims=True)
    packed: bytes = unit.astype(STORED_VECTORS).tobytes()
    return packed
