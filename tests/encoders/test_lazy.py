"""Encoders that are loaded when they are needed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from hybrid_search.encoders.lazy import LazyEncoder
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.errors import EncoderError, EncoderMismatchError
from tests.word_encoder import WordEncoder

NAME, FINGERPRINT = "test:words", WordEncoder().identity.fingerprint


class Loader:
    """Counts how often it loads; its first loads may fail."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.loads = 0

    def __call__(self) -> Encoder:
        self.loads += 1
        if self.loads <= self.failures:
            raise EncoderError("no such folder")
        return WordEncoder()


def test_it_is_loaded_once_and_when_it_is_needed() -> None:
    load = Loader()
    encoder = LazyEncoder(NAME, load)
    assert load.loads == 0
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: encoder.get(), range(32)))
    assert load.loads == 1
    assert len(set(map(id, found))) == 1


def test_a_failure_is_not_remembered() -> None:
    encoder = LazyEncoder(NAME, Loader(failures=1))
    with pytest.raises(EncoderError):
        encoder.get()
    assert encoder.get() is not None


def test_the_encoder_that_is_asked_for_is_given() -> None:
    encoder = LazyEncoder(NAME, Loader())
    assert encoder.named(NAME) is encoder.made(FINGERPRINT, "onnx:elsewhere") is encoder.get()
    assert LazyEncoder(None, lambda: None).named(None) is None


def test_an_index_without_vectors_needs_no_encoder() -> None:
    load = Loader(failures=9)
    assert LazyEncoder(NAME, load).made(None, None) is None
    assert load.loads == 0


@pytest.mark.parametrize(
    ("own", "wanted", "message"),
    [
        (NAME, None, f"asks for no encoder, but this worker has {NAME!r}; start workers without"),
        (NAME, "onnx:m", "asks for encoder 'onnx:m', but this worker has encoder 'test:words'"),
        (None, "onnx:m", "has none; start workers with that model and HYBRID_SEARCH_TEXT_ENCODER="),
    ],
)
def test_another_name_is_refused_with_both(
    own: str | None, wanted: str | None, message: str
) -> None:
    encoder = LazyEncoder(own, Loader())
    with pytest.raises(EncoderMismatchError) as caught:
        encoder.named(wanted)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("onnx:m", "takes vectors of encoder 'test:words', but this worker has encoder 'onnx:m'"),
        (NAME, "but this worker has another model of that name"),
    ],
)
def test_another_model_is_refused(own: str, message: str) -> None:
    with pytest.raises(EncoderMismatchError) as caught:
        LazyEncoder(own, Loader()).made("f00d", NAME)
    assert message in str(caught.value)
