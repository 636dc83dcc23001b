"""A small real encoder: hashed words, so that texts that share words lie near each other."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Event

import numpy as np

from hybrid_search.encoders.protocol import EncoderIdentity, Matrix
from hybrid_search.errors import EncoderError

DIMENSION = 64

MEANINGS: Mapping[str, str] = {
    "frock": "dress",
    "gown": "dress",
    "trainers": "sneakers",
    "crimson": "red",
    "scarlet": "red",
}
"""Words that only this encoder knows to mean the same, so that vectors find what words do not."""

_WORD = re.compile(r"\w+")


class WordEncoder:
    """Encodes a text as the sum of its words' random directions, which their hashes fix.

    Texts with a word of `refused` cannot be encoded: a whole batch fails, as for real encoders.
    """

    def __init__(
        self,
        *,
        name: str = "test:words",
        fingerprint: str = "0123456789abcdef",
        dimension: int = DIMENSION,
        refused: str | None = None,
    ) -> None:
        self.identity = EncoderIdentity(name, fingerprint, dimension)
        self.refused = refused
        self.calls: list[int] = []
        """How many texts each call had."""

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        return self._encode(texts)

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Matrix:
        self.calls.append(len(texts))
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(
            -1, self.identity.dimension
        )

    def _vector(self, text: str) -> Matrix:
        words = [MEANINGS.get(word, word) for word in _WORD.findall(text.lower())]
        if self.refused is not None and self.refused in words:
            raise EncoderError(f"the word {self.refused!r} cannot be encoded")
        vector = np.sum(
            [_direction(word, self.identity.dimension) for word in words or [""]], axis=0
        )
        unit: Matrix = (vector / np.linalg.norm(vector)).astype(np.float32)
        return unit


@lru_cache(maxsize=4096)
def _direction(word: str, dimension: int) -> Matrix:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
    direction = np.random.default_rng(seed).normal(size=dimension)
    unit: Matrix = (direction / np.linalg.norm(direction)).astype(np.float32)
    return unit


class LateEncoder(WordEncoder):
    """Answers a query only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Event()

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        self.gate.wait()
        return super().encode_queries(texts)
