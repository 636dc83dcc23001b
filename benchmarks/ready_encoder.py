"""An encoder whose vectors are ready, so that a benchmark times everything but encoding."""

import zlib
from collections.abc import Sequence

import numpy as np

from hybrid_search.encoders.protocol import EncoderIdentity, Matrix

POOL = 4096


class ReadyEncoder:
    """Gives texts some of a few thousand fixed unit vectors, at no cost."""

    def __init__(self, dimension: int = 384) -> None:
        generator = np.random.default_rng(5)
        vectors = generator.normal(size=(POOL, dimension)).astype(np.float32)
        # One common part puts cosines into a band, as those of real encoders are.
        vectors += 1.5 * generator.normal(size=dimension).astype(np.float32) / 3
        self._vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self.identity = EncoderIdentity("ready", f"ready-{dimension}", dimension)

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a query; a piece of the fixed ones, chosen by the first text."""
        start = zlib.crc32(texts[0].encode()) % (POOL - len(texts))
        rows: Matrix = self._vectors[start : start + len(texts)]
        return rows

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a document."""
        return self.encode_queries(texts)
