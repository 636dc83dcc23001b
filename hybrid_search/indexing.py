"""One reindex: read, encode, write, verify, switch."""

import random
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice

import numpy as np

from hybrid_search.calibration import (
    PRODUCT,
    TEXT,
    ProductSample,
    calibrate,
    calibrate_products,
    sample_queries,
)
from hybrid_search.catalog.product import Product
from hybrid_search.encoders.document_text import document_text
from hybrid_search.encoders.protocol import Encoder, Matrix
from hybrid_search.engines.port import (
    Generation,
    IndexType,
    ProductWrite,
    SearchEngine,
    VectorField,
    WriteFailure,
)
from hybrid_search.errors import EncoderError, HybridSearchError, VerificationError

TEXT_VECTOR = "text_vector"
ENCODE_BATCH = 256
MAX_FLAT_PRODUCTS = 50_000
MAX_ATTRIBUTES = 10_000
KEPT_GENERATIONS = 2
SEED = 0


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How generations are built.

    Attributes:
        vector_index: `auto` is exact up to 50,000 products and `int8_hnsw` beyond.
    """

    alias: str
    language: str
    vector_index: IndexType | None = None


@dataclass(slots=True)
class IndexProgress:
    """How far a reindex is; one object that is updated as it goes on."""

    stage: str = "write"
    read: int = 0
    encoded: int = 0


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a reindex did.

    Attributes:
        written: products of the new generation.
        failures: products that the engine refused, with its reason.
        without_vector: products that were indexed without a vector, with the reason.
        dropped: generations that were deleted, older than the former one.
    """

    generation: Generation
    written: int
    failures: tuple[WriteFailure, ...] = ()
    without_vector: tuple[WriteFailure, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(slots=True)
class _Build:
    """What is learned about the catalogue while it streams by."""

    revision: int
    progress: IndexProgress
    observe: Callable[[IndexProgress], None]
    sample: ProductSample = field(default_factory=lambda: ProductSample(random.Random(SEED)))  # noqa: S311 - a sample, not a secret
    attributes: set[str] = field(default_factory=set)
    without_vector: list[WriteFailure] = field(default_factory=list)


class Indexer:
    """Builds generations of one alias."""

    def __init__(
        self,
        engine: SearchEngine,
        encoder: Encoder | None,
        options: IndexOptions,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._encoder = encoder
        self._options = options
        self._clock = clock

    def reindex(
        self,
        products: Iterable[Product],
        *,
        estimated_products: int,
        observe: Callable[[IndexProgress], None] = lambda _progress: None,
    ) -> IndexReport:
        """Build a generation of these products, verify it and make it live.

        Searches are answered by the former generation until the last moment. A product that
        cannot be encoded or stored is set aside with its reason, and the rest goes on. When the
        job fails, the unfinished generation is dropped and the live one stays.

        Args:
            products: a stream; memory does not grow with its length.
            estimated_products: chooses exact or approximate vector search.
            observe: called as the job goes on.

        Raises:
            VerificationError: the engine does not hold what was written; nothing was switched.
            EngineError: the engine fails or takes no writes.
        """
        now = self._clock()
        build = _Build(int(now.timestamp() * 1_000_000), IndexProgress(), observe)
        generation = self._new_generation(now, estimated_products)
        self._engine.create_generation(generation)
        try:
            report = self._engine.write(generation.name, self._writes(products, build))
            generation = replace(
                generation,
                attributes=tuple(sorted(build.attributes)),
                vector_fields=self._calibrated(generation, build),
            )
            self._engine.describe_generation(generation)
            self._verify(generation.name, report.written, build)
        except BaseException as error:
            self._abandon(generation.name, error)
            raise
        _advance(build, "switch")
        self._engine.switch(generation.name)
        return IndexReport(
            replace(generation, is_live=True),
            report.written,
            report.failures,
            tuple(build.without_vector),
            self._drop_older(),
        )

    def _new_generation(self, now: datetime, estimated_products: int) -> Generation:
        stamp = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        vector_fields: tuple[VectorField, ...] = ()
        if self._encoder is not None:
            exact = estimated_products <= MAX_FLAT_PRODUCTS
            index_type = self._options.vector_index or ("flat" if exact else "int8_hnsw")
            identity = self._encoder.identity
            vector_fields = (
                VectorField(
                    TEXT_VECTOR,
                    identity.dimension,
                    "single",
                    index_type,
                    identity.name,
                    identity.fingerprint,
                ),
            )
        return Generation(
            f"{self._options.alias}-{stamp}", now.isoformat(), self._options.language, vector_fields
        )

    def _writes(self, products: Iterable[Product], build: _Build) -> Iterator[ProductWrite]:
        iterator = iter(products)
        while batch := list(islice(iterator, ENCODE_BATCH)):
            for product in batch:
                if len(build.attributes) < MAX_ATTRIBUTES:
                    build.attributes.update(product.attributes)
            vectors = self._encoded(batch, build)
            build.progress.read += len(batch)
            _advance(build, "write")
            for product in batch:
                own = vectors.get(product.id)
                if own is None:
                    yield ProductWrite(product, build.revision)
                    continue
                build.sample.add(product, own[0])
                yield ProductWrite(product, build.revision, {TEXT_VECTOR: own})

    def _encoded(self, batch: list[Product], build: _Build) -> dict[str, Matrix]:
        """Encode a batch; when it fails, find the products that are to blame and go without."""
        if self._encoder is None:
            return {}
        try:
            rows = self._encoder.encode_documents([document_text(product) for product in batch])
        except EncoderError as error:
            if len(batch) == 1:
                build.without_vector.append(WriteFailure(batch[0].id, str(error)))
                return {}
            half = len(batch) // 2
            return self._encoded(batch[:half], build) | self._encoded(batch[half:], build)
        build.progress.encoded += len(batch)
        return {product.id: row[np.newaxis] for product, row in zip(batch, rows, strict=True)}

    def _calibrated(self, generation: Generation, build: _Build) -> tuple[VectorField, ...]:
        if self._encoder is None or not build.sample.products:
            return generation.vector_fields
        _advance(build, "calibrate")
        documents = np.stack(build.sample.vectors)
        queries = self._encoder.encode_queries(
            sample_queries(build.sample.products, random.Random(SEED))  # noqa: S311
        )
        kinds = {TEXT: calibrate(queries, documents), PRODUCT: calibrate_products(documents)}
        bounds = {kind: found for kind, found in kinds.items() if found is not None}
        return tuple(replace(one, bounds=bounds) for one in generation.vector_fields)

    def _verify(self, name: str, written: int, build: _Build) -> None:
        _advance(build, "verify")
        self._engine.refresh(name)
        count = self._engine.count(name)
        if written == 0:
            msg = "no product was written, so the live index stays as it is; look at the rejects"
            raise VerificationError(msg)
        if count != written:
            msg = f"{written} products were written but {name!r} holds {count}; run the job again"
            raise VerificationError(msg)

    def _abandon(self, name: str, error: BaseException) -> None:
        try:
            self._engine.drop(name)
        except HybridSearchError as also:
            error.add_note(f"the unfinished index {name!r} could not be dropped: {also}")

    def _drop_older(self) -> tuple[str, ...]:
        """Keep the live generation and the one before it, for a way back."""
        old = [one for one in self._engine.generations() if not one.is_live]
        dropped = tuple(one.name for one in old[: -(KEPT_GENERATIONS - 1)])
        for name in dropped:
            self._engine.drop(name)
        return dropped


def _advance(build: _Build, stage: str) -> None:
    build.progress.stage = stage
    build.observe(build.progress)
