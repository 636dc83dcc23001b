"""Encoding batches of products, some of which cannot be encoded."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.catalog.product import Product
from hybrid_search.document_encoding import encode_products
from hybrid_search.encoders.document_text import document_text
from hybrid_search.encoders.protocol import Matrix
from hybrid_search.errors import EncoderError
from tests.word_encoder import DIMENSION, WordEncoder


@given(st.lists(st.booleans(), max_size=40))
def test_exactly_the_products_to_blame_go_without_a_vector(is_bad: list[bool]) -> None:
    products = [
        Product(f"p{n}", "cursed dress" if bad else f"dress {n}") for n, bad in enumerate(is_bad)
    ]
    vectors, failures = encode_products(WordEncoder(refused="cursed"), products)
    assert [vector is None for vector in vectors] == is_bad
    assert [one.product_id for one in failures] == [
        product.id for product, bad in zip(products, is_bad, strict=True) if bad
    ]
    plain = WordEncoder()
    for product, vector in zip(products, vectors, strict=True):
        if vector is not None:
            np.testing.assert_array_equal(vector, plain.encode_documents([document_text(product)]))


def test_a_good_batch_is_encoded_in_one_call() -> None:
    encoder = WordEncoder()
    encode_products(encoder, [Product(f"p{n}", f"dress {n}") for n in range(64)])
    assert encoder.calls == [64]


def test_one_bad_product_costs_few_calls() -> None:
    encoder = WordEncoder(refused="cursed")
    products = [Product(f"p{n}", "cursed" if n == 37 else "dress") for n in range(256)]
    encode_products(encoder, products)
    assert len(encoder.calls) == 1 + 2 * 8, "a batch of 2^8 is halved 8 times"


class NarrowEncoder(WordEncoder):
    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        return super().encode_documents(texts)[:, 1:]


def test_vectors_of_another_shape_are_an_error_of_the_encoder() -> None:
    with pytest.raises(EncoderError, match=rf"shape \(1, {DIMENSION - 1}\) for 1 products"):
        encode_products(NarrowEncoder(), [Product("a", "dress")])
