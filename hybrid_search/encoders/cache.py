"""Query vectors that are kept, because shoppers ask the same things."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np

from hybrid_search.encoders.protocol import Encoder, EncoderIdentity, Matrix
from hybrid_search.errors import SettingsError


class CachedQueries:
    """An encoder that remembers the vectors of the `capacity` queries used last.

    It may be shared by threads. Encoding happens outside the lock, so that a cached query never
    waits for another one; two threads that miss the same query at once both encode it.
    """

    def __init__(self, encoder: Encoder, capacity: int) -> None:
        if capacity < 1:
            raise SettingsError(f"a cache of {capacity} query vectors; give 1 or more")
        self._encoder = encoder
        self._capacity = capacity
        self._vectors: OrderedDict[str, Matrix] = OrderedDict()
        self._lock = Lock()

    @property
    def identity(self) -> EncoderIdentity:
        """Name, fingerprint and dimension of the encoder inside."""
        return self._encoder.identity

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a query; only queries that are not cached are encoded."""
        known = self._recall(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            fresh = dict(zip(missing, self._encoder.encode_queries(missing), strict=True))
            self._remember(fresh)
            known |= fresh
        if not texts:
            return np.empty((0, self.identity.dimension), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a document; documents are not cached."""
        return self._encoder.encode_documents(texts)

    def _recall(self, texts: Sequence[str]) -> dict[str, Matrix]:
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
            for text in known:
                self._vectors.move_to_end(text)
        return known

    def _remember(self, fresh: dict[str, Matrix]) -> None:
        with self._lock:
            for text, vector in fresh.items():
                # A copy, so that one vector does not keep its whole batch in memory.
                self._vectors[text] = vector.copy()
                self._vectors.move_to_end(text)
            while len(self._vectors) > self._capacity:
                self._vectors.popitem(last=False)
