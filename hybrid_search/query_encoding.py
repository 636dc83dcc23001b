"""Query vectors: each encoder of the service against the index it is used on, within a deadline."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from hybrid_search.encoders.protocol import EncoderIdentity, Matrix
from hybrid_search.engines.port import Degradation, Generation, Vector
from hybrid_search.errors import EncoderError, EncoderMismatchError

THREADS = 4


class QueryEncoder(Protocol):
    """What search needs of an encoder, for text and pictures alike."""

    @property
    def identity(self) -> EncoderIdentity:
        """Name, fingerprint and dimension."""

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a query, shape `(len(texts), dimension)`."""


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """The vectors of one query, by vector field, and the ones that are missing."""

    vectors: Mapping[str, Vector] = field(default_factory=dict)
    degraded: tuple[Degradation, ...] = ()


class QueryEncoders:
    """Encoders by the vector field that they search."""

    def __init__(self, encoders: Mapping[str, QueryEncoder], *, deadline_ms: int) -> None:
        """Use these encoders; one that takes longer than the deadline is gone without."""
        self._encoders = dict(encoders)
        self._deadline_ms = deadline_ms
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="encode-query")

    def check(self, generation: Generation) -> None:
        """Check that every encoder made the vectors of the field that it searches.

        Raises:
            EncoderMismatchError: another one did; the text names both.
        """
        for one in generation.vector_fields:
            encoder = self._encoders.get(one.name)
            if encoder is None or encoder.identity.fingerprint == one.encoder_fingerprint:
                continue
            raise EncoderMismatchError(
                f"{one.name} of index {generation.name!r} was made by {one.encoder_name!r} "
                f"({one.encoder_fingerprint[:12]}), but the configured encoder is "
                f"{encoder.identity.name!r} ({encoder.identity.fingerprint[:12]}); "
                "configure the former, or run `hybrid-search index` with the latter"
            )

    def encode(
        self,
        text: str,
        generation: Generation,
        weights: Mapping[str, float],
        *,
        deadline_ms: int | None = None,
    ) -> EncodedQuery:
        """Return the vectors of a text for the fields that the index has and that weigh anything.

        An encoder that fails or is late leaves its field out and is named in `degraded`; no
        encoder is waited for longer than the deadline of the service, nor than `deadline_ms`.
        """
        running: dict[str, Future[Matrix]] = {}
        degraded: list[Degradation] = []
        known = [one.name for one in generation.vector_fields]
        for name in dict.fromkeys([*known, *self._encoders]):
            if weights.get(name, 0.0) <= 0:
                continue
            if name in known and name in self._encoders:
                running[name] = self._pool.submit(self._encoders[name].encode_queries, [text])
                continue
            reason = f"index {generation.name!r} has no vectors; index it with the encoder set"
            if name in known:
                reason = "no encoder is set; set HYBRID_SEARCH_TEXT_ENCODER as when it was indexed"
            degraded.append(Degradation(f"encode:{name}", reason))
        vectors: dict[str, Vector] = {}
        longest_ms = min(self._deadline_ms, deadline_ms or self._deadline_ms)
        end = time.monotonic() + longest_ms / 1000
        for name, future in running.items():
            try:
                vectors[name] = _vector(future, self._encoders[name].identity, end, longest_ms)
            except EncoderError as error:
                degraded.append(Degradation(f"encode:{name}", str(error)))
        return EncodedQuery(vectors, tuple(degraded))

    def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _vector(
    future: Future[Matrix], identity: EncoderIdentity, end: float, longest_ms: int
) -> Vector:
    try:
        (vector,) = future.result(max(0.0, end - time.monotonic()))
    except TimeoutError as error:
        # Otherwise queries that nobody waits for any more would delay those that follow.
        future.cancel()
        raise EncoderError(f"no vector within {longest_ms} ms") from error
    if vector.shape != (identity.dimension,) or not np.isfinite(vector).all():
        msg = f"{identity.name!r} gave no {identity.dimension} finite numbers for the query"
        raise EncoderError(msg)
    query_vector: Vector = vector
    return query_vector
