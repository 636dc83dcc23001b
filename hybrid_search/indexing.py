"""One reindex: read, encode, write, verify, switch."""

import random
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice

from hybrid_search.calibration import ProductSample, calibrate_sample
from hybrid_search.catalog.product import Product
from hybrid_search.document_encoding import encode_products
from hybrid_search.encoders.protocol import Encoder, Matrix
from hybrid_search.engines.port import (
    Generation,
    IndexType,
    ProductWrite,
    SearchEngine,
    VectorField,
    WriteFailure,
    WriteReport,
)
from hybrid_search.errors import HybridSearchError, VerificationError
from hybrid_search.pruning import Pruned, live_or_none, prune_before

TEXT_VECTOR = "text_vector"
ENCODE_BATCH = 256
MAX_FLAT_PRODUCTS = 50_000
MAX_ATTRIBUTES = 10_000
SEED = 0


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How generations are built.

    Attributes:
        vector_index: None is exact (`flat`) up to 50,000 products and `int8_hnsw` beyond.
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
        pruned: older generations that were deleted.
    """

    generation: Generation
    written: int
    failures: tuple[WriteFailure, ...] = ()
    without_vector: tuple[WriteFailure, ...] = ()
    pruned: Pruned = field(default_factory=Pruned)


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
        former = live_or_none(self._engine)
        build = _Build(int(now.timestamp() * 1_000_000), IndexProgress(), observe)
        generation = self._new_generation(now, estimated_products)
        self._engine.create_generation(generation)
        try:
            report = self._engine.write(generation.name, self._writes(products, build))
            self._verify(generation.name, report, build)
            generation = replace(
                generation,
                attributes=tuple(sorted(build.attributes)),
                is_complete=True,
                vector_fields=self._calibrated(generation, build),
            )
            self._engine.describe_generation(generation)
        except BaseException as error:
            self._abandon(generation.name, error)
            raise
        _advance(build, "switch")
        self._go_live(generation.name)
        return IndexReport(
            replace(generation, is_live=True),
            report.written,
            report.failures,
            tuple(build.without_vector),
            prune_before(self._engine, former, now),
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
            vectors: list[Matrix | None] = [None] * len(batch)
            if self._encoder is not None:
                vectors, failures = encode_products(self._encoder, batch)
                build.without_vector += failures
                build.progress.encoded += len(batch) - len(failures)
            build.progress.read += len(batch)
            _advance(build, "write")
            for product, vector in zip(batch, vectors, strict=True):
                if vector is None:
                    yield ProductWrite(product, build.revision)
                    continue
                build.sample.add(product, vector[0])
                yield ProductWrite(product, build.revision, {TEXT_VECTOR: vector})

    def _calibrated(self, generation: Generation, build: _Build) -> tuple[VectorField, ...]:
        if self._encoder is None:
            return generation.vector_fields
        _advance(build, "calibrate")
        bounds = calibrate_sample(self._encoder, build.sample, random.Random(SEED))  # noqa: S311
        return tuple(replace(one, bounds=bounds) for one in generation.vector_fields)

    def _verify(self, name: str, report: WriteReport, build: _Build) -> None:
        """Check that the engine holds what was written, and that it is worth going live.

        Raises:
            VerificationError: it does not, or it is not.
        """
        _advance(build, "verify")
        if build.progress.read == 0:
            msg = "the catalogue has no product, so the live index stays as it is"
            raise VerificationError(msg)
        if not report.written:
            raise _nothing_done("written", report.failures)
        if self._encoder is not None and not build.progress.encoded:
            raise _nothing_done("encoded", build.without_vector)
        self._engine.refresh(name)
        count = self._engine.count(name)
        if count != report.written:
            msg = f"{report.written} products were written but {name!r} holds {count}; run it again"
            raise VerificationError(msg)

    def _go_live(self, name: str) -> None:
        try:
            self._engine.switch(name)
        except HybridSearchError as error:
            error.add_note(f"{name!r} is complete; try `hybrid-search indexes --switch {name}`")
            raise

    def _abandon(self, name: str, error: BaseException) -> None:
        try:
            self._engine.drop(name)
        except HybridSearchError as also:
            error.add_note(f"the unfinished index {name!r} could not be dropped: {also}")


def _advance(build: _Build, stage: str) -> None:
    build.progress.stage = stage
    build.observe(build.progress)


def _nothing_done(what: str, failures: Sequence[WriteFailure]) -> VerificationError:
    reasons = "".join(f"; {one.product_id!r}: {one.reason}" for one in failures[:1])
    return VerificationError(f"no product could be {what}, so the live index stays{reasons}")
