"""The steps of building a generation, whether one process takes them or many workers."""

import random
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from hybrid_search.catalog.product import Product
from hybrid_search.document_encoding import encode_products
from hybrid_search.encoders.protocol import Encoder, EncoderIdentity
from hybrid_search.engines.port import (
    Generation,
    IndexType,
    ProductWrite,
    SearchEngine,
    VectorField,
    WriteFailure,
)
from hybrid_search.errors import HybridSearchError, VerificationError
from hybrid_search.pruning import Pruned
from hybrid_search.ranking.candidate import SignalBounds

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


@dataclass(frozen=True, slots=True)
class WrittenCatalog:
    """What became of a catalogue by the time that all of it was sent to the engine.

    Attributes:
        read: products of the catalogue.
        written: those that the engine took.
        encoded: those that have a vector; None without an encoder.
        failures: at least the first of those that the engine refused.
        without_vector: at least the first of those that could not be encoded.
        changes: product updates that came in meanwhile; each may have added or deleted one.
    """

    read: int
    written: int
    encoded: int | None
    failures: Sequence[WriteFailure] = ()
    without_vector: Sequence[WriteFailure] = ()
    changes: int = 0


def seeded() -> random.Random:
    """Return the generator of samples, which is the same one every time."""
    return random.Random(SEED)  # noqa: S311 - a sample, not a secret


def stamp(now: datetime) -> str:
    """Return a text for names that sorts by time and is not given twice."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def new_generation(
    options: IndexOptions,
    identity: EncoderIdentity | None,
    *,
    estimated_products: int,
    now: datetime,
) -> Generation:
    """Return the description of an empty generation.

    Args:
        options: how it is built.
        identity: of the encoder of text, if there is one.
        estimated_products: chooses exact or approximate vector search.
        now: when it is made.
    """
    vector_fields: tuple[VectorField, ...] = ()
    if identity is not None:
        exact = estimated_products <= MAX_FLAT_PRODUCTS
        index_type = options.vector_index or ("flat" if exact else "int8_hnsw")
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
    name = f"{options.alias}-{stamp(now)}"
    return Generation(name, now.isoformat(), options.language, vector_fields)


def add_attribute_names(names: set[str], products: Iterable[Product]) -> None:
    """Add the names of the products' free attributes to `names`, as far as it has room."""
    for product in products:
        if len(names) >= MAX_ATTRIBUTES:
            return
        names.update(product.attributes)


def encoded_writes(
    encoder: Encoder | None, products: Sequence[Product], revision: int
) -> tuple[list[ProductWrite], tuple[WriteFailure, ...]]:
    """Return the write of each product, and why some go without a vector."""
    if encoder is None:
        return [ProductWrite(product, revision) for product in products], ()
    vectors, failures = encode_products(encoder, products)
    writes = [
        ProductWrite(product, revision, {} if vector is None else {TEXT_VECTOR: vector})
        for product, vector in zip(products, vectors, strict=True)
    ]
    return writes, failures


def verify(engine: SearchEngine, name: str, catalog: WrittenCatalog) -> None:
    """Check that the engine holds what was written, and that it is worth going live.

    Raises:
        VerificationError: it does not, or it is not.
    """
    if catalog.read == 0:
        msg = "the catalogue has no product, so the live index stays as it is"
        raise VerificationError(msg)
    if not catalog.written:
        raise _nothing_done("written", catalog.failures)
    if catalog.encoded == 0:
        raise _nothing_done("encoded", catalog.without_vector)
    engine.refresh(name)
    count = engine.count(name)
    if abs(count - catalog.written) > catalog.changes:
        meanwhile = f" and {catalog.changes} changed meanwhile" if catalog.changes else ""
        msg = (
            f"{catalog.written} products were written{meanwhile} but {name!r} holds {count}; "
            "run it again"
        )
        raise VerificationError(msg)


def complete(
    engine: SearchEngine,
    generation: Generation,
    *,
    attributes: Iterable[str],
    bounds: Mapping[str, SignalBounds],
) -> Generation:
    """Describe a generation as complete, and return it.

    Args:
        engine: holds the generation.
        generation: as it was created.
        attributes: names of the free attributes of its products.
        bounds: of its vectors, by kind of query.
    """
    done = replace(
        generation,
        attributes=tuple(sorted(attributes)),
        is_complete=True,
        vector_fields=tuple(replace(one, bounds=bounds) for one in generation.vector_fields),
    )
    engine.describe_generation(done)
    return done


def go_live(engine: SearchEngine, name: str) -> None:
    """Make a complete generation live; an error says how to do it by hand."""
    try:
        engine.switch(name)
    except HybridSearchError as error:
        error.add_note(f"{name!r} is complete; try `hybrid-search indexes --switch {name}`")
        raise


def abandon(engine: SearchEngine, name: str, error: BaseException) -> None:
    """Drop the generation of a job that failed; the error notes it when that fails too."""
    try:
        engine.drop(name)
    except HybridSearchError as also:
        error.add_note(f"the unfinished index {name!r} could not be dropped: {also}")


def _nothing_done(what: str, failures: Sequence[WriteFailure]) -> VerificationError:
    reasons = "".join(f"; {one.product_id!r}: {one.reason}" for one in failures[:1])
    return VerificationError(f"no product could be {what}, so the live index stays{reasons}")
