from collections.abc import Sequence
from threading import Thread

import numpy as np
import pytest

from hybrid_search.encoders.cache import CachedQueries
from hybrid_search.encoders.onnx import OnnxEncoder
from hybrid_search.encoders.protocol import Encoder, EncoderIdentity, Matrix
from hybrid_search.errors import SettingsError


class RecordingEncoder:
    """Passes everything to a real encoder, and remembers what it was asked."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.queries: list[list[str]] = []
        self.documents: list[list[str]] = []

    @property
    def identity(self) -> EncoderIdentity:
        return self.encoder.identity

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        self.queries.append(list(texts))
        return self.encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        self.documents.append(list(texts))
        return self.encoder.encode_documents(texts)


@pytest.fixture
def recording(onnx_fp32: OnnxEncoder) -> RecordingEncoder:
    return RecordingEncoder(onnx_fp32)


def test_repeated_query_is_encoded_once(recording: RecordingEncoder) -> None:
    cached = CachedQueries(recording, capacity=10)
    first = cached.encode_queries(["red dress"])
    assert np.array_equal(cached.encode_queries(["red dress"]), first)
    assert recording.queries == [["red dress"]]


def test_rows_follow_the_texts_whether_cached_or_not(recording: RecordingEncoder) -> None:
    cached = CachedQueries(recording, capacity=10)
    cached.encode_queries(["gown"])
    texts = ["dress", "gown", "dress", "printer", "gown"]
    vectors = cached.encode_queries(texts)
    assert vectors == pytest.approx(recording.encoder.encode_queries(texts), abs=1e-5)
    assert recording.queries == [["gown"], ["dress", "printer"]]


def test_query_used_longest_ago_is_forgotten(recording: RecordingEncoder) -> None:
    cached = CachedQueries(recording, capacity=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        cached.encode_queries([text])
    assert recording.queries == [["a"], ["b"], ["c"], ["b"]]


def test_call_larger_than_the_cache_is_whole(recording: RecordingEncoder) -> None:
    cached = CachedQueries(recording, capacity=1)
    vectors = cached.encode_queries(["a", "b", "c"])
    assert vectors == pytest.approx(recording.encoder.encode_queries(["a", "b", "c"]), abs=1e-5)


def test_changing_an_answer_leaves_the_cache_alone(recording: RecordingEncoder) -> None:
    cached = CachedQueries(recording, capacity=10)
    cached.encode_queries(["red dress"])[:] = 0
    again = cached.encode_queries(["red dress"])
    again[:] = 0
    assert np.linalg.norm(cached.encode_queries(["red dress"])) == pytest.approx(1)


def test_no_queries_give_no_rows(recording: RecordingEncoder) -> None:
    assert CachedQueries(recording, capacity=10).encode_queries([]).shape == (0, 384)
    assert recording.queries == []


def test_documents_are_passed_on(recording: RecordingEncoder) -> None:
    cached = CachedQueries(recording, capacity=10)
    for _ in range(2):
        cached.encode_documents(["red dress"])
    assert recording.documents == [["red dress"], ["red dress"]]
    assert cached.identity == recording.identity


def test_threads_may_share_a_cache(recording: RecordingEncoder) -> None:
    cached = CachedQueries(recording, capacity=3)
    texts = ["dress", "gown", "printer", "shoe", "bag"]
    expected = recording.encoder.encode_queries(texts)
    wrong: list[str] = []

    def search(offset: int) -> None:
        for step in range(40):
            row = (offset + step) % len(texts)
            if not np.allclose(cached.encode_queries([texts[row]])[0], expected[row], atol=1e-5):
                wrong.append(texts[row])

    threads = [Thread(target=search, args=(offset,)) for offset in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_cache_without_room_is_refused(recording: RecordingEncoder) -> None:
    with pytest.raises(SettingsError, match="a cache of 0 query vectors; give 1 or more"):
        CachedQueries(recording, capacity=0)
