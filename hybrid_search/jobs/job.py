"""A job: what it was asked to do, how far it is, and what became of its products."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

JobState = Literal["queued", "staging", "running", "finishing", "done", "failed", "cancelled"]
"""`queued`: nobody reads the source yet; `staging`: it is being read, and what was read is being
written; `running`: it is read, and the rest is being written; `finishing`: it is verified and made
live; then it is `done`, `failed` or `cancelled`."""

EndState = Literal["done", "failed", "cancelled"]
END_STATES: tuple[EndState, ...] = get_args(EndState)

SourceKind = Literal["staged", "file", "live"]
"""`staged`: whoever started the job reads the file; `file`: a worker reads it from the folder of
catalogues; `live`: the products of the live index."""

FailureKind = Literal["rejected", "refused", "without_vector"]
"""`rejected`: a line that is no product; `refused`: by the engine; `without_vector`: indexed, but
could not be encoded."""


@dataclass(frozen=True, slots=True)
class JobSource:
    """Where the products of a job come from.

    Attributes:
        file: path or name of the catalogue; None for `live`.
        fields: name of its field map.
        is_strict: whether one bad line fails the job before anything is written.
    """

    kind: SourceKind
    file: str | None = None
    fields: str | None = None
    is_strict: bool = False

    def __str__(self) -> str:
        return self.file if self.file is not None else "the live index"


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What a new job is to do.

    Attributes:
        id: unique.
        alias: of the index; it has one job at a time.
        encoder: of text, as settings call it; None for an index without vectors.
        estimated_products: chooses exact or approximate vector search; None is not known yet.
    """

    id: str
    alias: str
    source: JobSource
    encoder: str | None
    estimated_products: int | None = None


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many products and chunks of a job are where.

    Attributes:
        products: read from the source so far; all of them once it is staged.
        chunks: that they were cut into.
        chunks_done: those that were written.
        products_done: the products of these chunks.
        written: products that the engine took.
        encoded: products that have a vector.
        refused: products that the engine refused.
        without_vector: products that could not be encoded.
        rejected: lines of the source that are no product.
        changes: product updates that came in while the job was going on.
    """

    products: int = 0
    chunks: int = 0
    chunks_done: int = 0
    products_done: int = 0
    written: int = 0
    encoded: int = 0
    refused: int = 0
    without_vector: int = 0
    rejected: int = 0
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the ledger knows it.

    Attributes:
        id: of the job.
        encoder: as in its order.
        estimated_products: as in its order.
        generation: name of the index that it builds; None before it was made.
        former: name of the index that was live when it was made.
        fingerprint: of the encoder whose vectors the index takes; None for none, and before.
        revision: of all that it writes; later changes have higher ones.
        is_staged: whether the source was read to its end.
        counts: how far it is.
        started_at: when the index was made.
        updated_at: of its last sign of life.
        pruned: older indexes that were dropped at its end.
        prune_problems: why others could not be.
        error_code: what kind of error ended it.
        error: why it ended without success.
    """

    id: str
    alias: str
    state: JobState
    source: JobSource
    encoder: str | None
    estimated_products: int | None
    generation: str | None
    former: str | None
    fingerprint: str | None
    revision: int
    is_staged: bool
    counts: JobCounts
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime
    ended_at: datetime | None
    pruned: tuple[str, ...] = ()
    prune_problems: tuple[str, ...] = ()
    error_code: str | None = None
    error: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether it is not at its end."""
        return self.state not in END_STATES

    @property
    def has_all_chunks_done(self) -> bool:
        """Whether nothing is left to write."""
        return self.is_staged and self.counts.chunks_done == self.counts.chunks

    @property
    def products_per_s(self) -> float | None:
        """How fast products were written, from the first to the last sign of life."""
        if self.started_at is None or not self.counts.products_done:
            return None
        seconds = ((self.ended_at or self.updated_at) - self.started_at).total_seconds()
        return self.counts.products_done / seconds if seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """About how long it will go on; None when that cannot be told."""
        rate = self.products_per_s
        if rate is None or not self.is_staged or not self.is_active:
            return None
        return (self.counts.products - self.counts.products_done) / rate


@dataclass(frozen=True, slots=True)
class JobFailure:
    """A product that did not become what it should.

    Attributes:
        product_id: None for a line whose id cannot be read.
        line: of the source; None for what was read well.
    """

    kind: FailureKind
    product_id: str | None
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class StagedCatalog:
    """What was learned about a catalogue while it was read.

    Attributes:
        attributes: names of the free attributes that its products have.
        sample: ids of some of its products, each as likely as any other.
    """

    attributes: tuple[str, ...]
    sample: tuple[str, ...]
