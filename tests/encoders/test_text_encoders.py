"""What every text encoder promises, on the same model."""

from threading import Thread

import numpy as np
import pytest

from hybrid_search.encoders.protocol import Encoder, Matrix

TEXTS = (
    "red dress",
    "",
    "HP LaserJet Pro M404dn mono laser printer, 38 pages per minute",
    "robe d'été à fleurs",
    "very long gown " * 400,
    "x",
)


def cosine(encoder: Encoder, first: str, second: str) -> float:
    vectors = encoder.encode_documents([first, second])
    return float(vectors[0] @ vectors[1])


def test_vectors_are_float32_rows_of_length_one(encoder: Encoder) -> None:
    for vectors in (encoder.encode_queries(TEXTS), encoder.encode_documents(TEXTS)):
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), 384)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)


def test_dimension_is_that_of_the_vectors(encoder: Encoder) -> None:
    assert encoder.identity.dimension == 384


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode_queries([]).shape == (0, 384)
    assert encoder.encode_documents([]).shape == (0, 384)


def test_rows_follow_the_order_of_the_texts(encoder: Encoder) -> None:
    vectors = encoder.encode_documents(TEXTS)
    assert encoder.encode_documents(TEXTS[::-1])[::-1] == pytest.approx(vectors, abs=1e-5)
    for row, text in enumerate(TEXTS):
        assert encoder.encode_documents([text])[0] == pytest.approx(vectors[row], abs=1e-5)


def test_more_texts_than_a_batch_keep_their_vectors(encoder: Encoder) -> None:
    many = [f"{text} {number}" for number in range(15) for text in TEXTS[:4]]
    vectors = encoder.encode_documents(many)
    for row in (0, 17, 33, 59):
        assert encoder.encode_documents([many[row]])[0] == pytest.approx(vectors[row], abs=1e-5)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # From the documentation of sentence-transformers.
        ("The weather is lovely today.", "It's so sunny outside!", 0.6660),
        ("The weather is lovely today.", "He drove to the stadium.", 0.1046),
        ("It's so sunny outside!", "He drove to the stadium.", 0.1411),
        # Computed with sentence-transformers 6.2.
        ("red dress", "crimson gown", 0.6276),
        ("laser printer", "HP LaserJet Pro M404dn", 0.5917),
    ],
)
def test_cosines_are_those_of_the_published_model(
    encoder: Encoder, first: str, second: str, expected: float, request: pytest.FixtureRequest
) -> None:
    tolerance = 0.03 if "int8" in request.node.callspec.id else 0.0005
    assert cosine(encoder, first, second) == pytest.approx(expected, abs=tolerance)


def test_meaning_counts_more_than_letters(encoder: Encoder) -> None:
    assert cosine(encoder, "red dress", "crimson gown") > cosine(
        encoder, "red dress", "laser printer"
    )


def test_text_beyond_the_last_token_is_ignored(encoder: Encoder) -> None:
    long = "dress " * 300
    vectors = encoder.encode_documents([long, long + "laser printer"])
    assert vectors[0] == pytest.approx(vectors[1], abs=1e-5)


def test_half_a_character_is_read_as_an_unknown_one(encoder: Encoder) -> None:
    broken, replaced = encoder.encode_queries(["caf\ud83d dress", "caf\ufffd dress"])
    assert broken == pytest.approx(replaced, abs=1e-5)


def test_threads_may_share_an_encoder(encoder: Encoder) -> None:
    alone = encoder.encode_queries(TEXTS)
    shared: list[Matrix] = []
    threads = [
        Thread(target=lambda: shared.append(encoder.encode_queries(TEXTS))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shared) == len(threads)
    for vectors in shared:
        assert vectors == pytest.approx(alone, abs=1e-5)
