"""One reindex in one process: read, encode, write, verify, switch."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice

from hybrid_search.building import (
    ENCODE_BATCH,
    TEXT_VECTOR,
    IndexOptions,
    IndexReport,
    WrittenCatalog,
    abandon,
    add_attribute_names,
    complete,
    encoded_writes,
    go_live,
    new_generation,
    seeded,
    verify,
)
from hybrid_search.calibration import ProductSample, calibrate_sample
from hybrid_search.catalog.product import Product
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.engines.port import (
    Generation,
    ProductWrite,
    SearchEngine,
    WriteFailure,
    WriteReport,
)
from hybrid_search.pruning import live_or_none, prune_before
from hybrid_search.ranking.candidate import SignalBounds


@dataclass(slots=True)
class IndexProgress:
    """How far a reindex is; one object that is updated as it goes on."""

    stage: str = "write"
    read: int = 0
    encoded: int = 0


@dataclass(slots=True)
class _Build:
    """What is learned about the catalogue while it streams by."""

    revision: int
    progress: IndexProgress
    observe: Callable[[IndexProgress], None]
    sample: ProductSample = field(default_factory=lambda: ProductSample(seeded()))
    attributes: set[str] = field(default_factory=set)
    without_vector: list[WriteFailure] = field(default_factory=list)

    def advance(self, stage: str) -> None:
        self.progress.stage = stage
        self.observe(self.progress)


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
        identity = self._encoder.identity if self._encoder else None
        generation = new_generation(
            self._options, identity, estimated_products=estimated_products, now=now
        )
        self._engine.create_generation(generation)
        try:
            report = self._engine.write(generation.name, self._writes(products, build))
            generation = self._completed(generation, report, build)
        except BaseException as error:
            abandon(self._engine, generation.name, error)
            raise
        build.advance("switch")
        go_live(self._engine, generation.name)
        return IndexReport(
            replace(generation, is_live=True),
            report.written,
            report.failures,
            tuple(build.without_vector),
            prune_before(self._engine, former, now),
        )

    def _writes(self, products: Iterable[Product], build: _Build) -> Iterator[ProductWrite]:
        iterator = iter(products)
        while batch := list(islice(iterator, ENCODE_BATCH)):
            add_attribute_names(build.attributes, batch)
            writes, failures = encoded_writes(self._encoder, batch, build.revision)
            build.without_vector += failures
            build.progress.encoded += sum(bool(write.vectors) for write in writes)
            build.progress.read += len(batch)
            build.advance("write")
            for write in writes:
                if TEXT_VECTOR in write.vectors:
                    build.sample.add(write.product, write.vectors[TEXT_VECTOR][0])
                yield write

    def _completed(self, generation: Generation, report: WriteReport, build: _Build) -> Generation:
        build.advance("verify")
        progress = build.progress
        catalog = WrittenCatalog(
            progress.read,
            report.written,
            progress.encoded if self._encoder else None,
            report.failures,
            build.without_vector,
        )
        verify(self._engine, generation.name, catalog)
        bounds: dict[str, SignalBounds] = {}
        if self._encoder is not None:
            build.advance("calibrate")
            bounds = calibrate_sample(self._encoder, build.sample, seeded())
        return complete(self._engine, generation, attributes=build.attributes, bounds=bounds)
