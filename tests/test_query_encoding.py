"""Query vectors beside the index they are for; what goes wrong is in test_search_degraded."""

from collections.abc import Sequence

import numpy as np
import pytest

from hybrid_search.encoders.protocol import Matrix
from hybrid_search.engines.port import Generation, VectorField
from hybrid_search.query_encoding import THREADS, EncodedQuery, QueryEncoders
from tests.word_encoder import DIMENSION, LateEncoder, WordEncoder

FINGERPRINT = "0123456789abcdef"
FIELDS = tuple(
    VectorField(name, DIMENSION, "single", "flat", "test:words", FINGERPRINT)
    for name in ("text_vector", "image_vector")
)
GENERATION = Generation("fashion-1", "2025-01-01T00:00:00+00:00", "english", FIELDS)


def test_every_weighted_field_with_an_encoder_gets_a_vector() -> None:
    encoders = QueryEncoders(
        {"text_vector": WordEncoder(), "image_vector": WordEncoder()}, deadline_ms=10_000
    )
    encoded = encoders.encode("red dress", GENERATION, {"text_vector": 1.0, "image_vector": 0.5})
    assert set(encoded.vectors) == {"text_vector", "image_vector"}
    assert encoded.degraded == ()
    expected = WordEncoder().encode_queries(["red dress"])[0]
    for vector in encoded.vectors.values():
        np.testing.assert_array_equal(vector, expected)


@pytest.mark.parametrize("weights", [{}, {"text_vector": 0.0}, {"lexical": 1.0}])
def test_a_field_of_no_weight_is_not_encoded_for(weights: dict[str, float]) -> None:
    encoder = WordEncoder()
    encoders = QueryEncoders({"text_vector": encoder}, deadline_ms=10_000)
    assert encoders.encode("red", GENERATION, weights) == EncodedQuery()
    assert encoder.calls == []


def test_a_field_without_an_encoder_is_named() -> None:
    encoded = QueryEncoders({}, deadline_ms=10_000).encode("red", GENERATION, {"text_vector": 1.0})
    assert encoded.vectors == {}
    assert [part.stage for part in encoded.degraded] == ["encode:text_vector"]


def test_a_field_that_weighs_nothing_is_left_out_in_silence() -> None:
    encoded = QueryEncoders({}, deadline_ms=10_000).encode("red", GENERATION, {"text_vector": 0.0})
    assert encoded == EncodedQuery()


def test_one_failing_encoder_does_not_stop_the_other() -> None:
    encoders = QueryEncoders(
        {"text_vector": WordEncoder(refused="red"), "image_vector": WordEncoder()},
        deadline_ms=10_000,
    )
    encoded = encoders.encode("red", GENERATION, {"text_vector": 1.0, "image_vector": 1.0})
    assert set(encoded.vectors) == {"image_vector"}
    assert [part.stage for part in encoded.degraded] == ["encode:text_vector"]


def test_queries_that_nobody_waits_for_any_more_are_not_encoded() -> None:
    encoder = LateEncoder()
    encoders = QueryEncoders({"text_vector": encoder}, deadline_ms=10)
    for _ in range(THREADS + 3):
        (degraded,) = encoders.encode("red", GENERATION, {"text_vector": 1.0}).degraded
        assert degraded.reason == "no vector within 10 ms"
    encoder.gate.set()
    encoders._pool.shutdown(wait=True)
    assert len(encoder.calls) == THREADS


class ShortEncoder(WordEncoder):
    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        return super().encode_queries(texts)[:, 1:]


def test_a_vector_of_another_length_degrades() -> None:
    encoders = QueryEncoders({"text_vector": ShortEncoder()}, deadline_ms=10_000)
    (degraded,) = encoders.encode("red", GENERATION, {"text_vector": 1.0}).degraded
    assert f"gave no {DIMENSION} finite numbers" in degraded.reason
