"""Product vectors: batches that are encoded whole, and single products that cannot be."""

from collections.abc import Sequence

import numpy as np

from hybrid_search.catalog.product import Product
from hybrid_search.encoders.document_text import document_text
from hybrid_search.encoders.protocol import Encoder, Matrix
from hybrid_search.engines.port import WriteFailure
from hybrid_search.errors import EncoderError


def encode_products(
    encoder: Encoder, products: Sequence[Product]
) -> tuple[list[Matrix | None], tuple[WriteFailure, ...]]:
    """Return the vector of each product, shape `(1, dimension)`, and why some have none.

    When a batch fails it is halved until the products to blame are found; they go without.
    """
    if not products:
        return [], ()
    try:
        rows = encoder.encode_documents([document_text(product) for product in products])
    except EncoderError as error:
        if len(products) == 1:
            return [None], (WriteFailure(products[0].id, str(error)),)
        half = len(products) // 2
        first, first_failures = encode_products(encoder, products[:half])
        second, second_failures = encode_products(encoder, products[half:])
        return first + second, first_failures + second_failures
    return _usable(encoder, products, rows)


def _usable(
    encoder: Encoder, products: Sequence[Product], rows: Matrix
) -> tuple[list[Matrix | None], tuple[WriteFailure, ...]]:
    identity = encoder.identity
    if rows.shape != (len(products), identity.dimension):
        raise EncoderError(
            f"{identity.name!r} gave vectors of shape {rows.shape} for {len(products)} products, "
            f"not {identity.dimension} numbers for each; use another encoder"
        )
    is_usable = np.logical_and(np.isfinite(rows).all(axis=1), rows.any(axis=1)).tolist()
    reason = f"{identity.name!r} gave zeros, NaN or infinity for its text"
    return (
        [row[np.newaxis] if good else None for row, good in zip(rows, is_usable, strict=True)],
        tuple(
            WriteFailure(product.id, reason)
            for product, good in zip(products, is_usable, strict=True)
            if not good
        ),
    )
