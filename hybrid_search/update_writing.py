"""Changes of single products are written: to the live index and to one that a job builds."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from hybrid_search.building import TEXT_VECTOR, encoded_writes
from hybrid_search.catalog.product import Product
from hybrid_search.encoders.document_text import document_text
from hybrid_search.encoders.lazy import UNFIT, LazyEncoder
from hybrid_search.engines.port import (
    Generation,
    ProductDelete,
    ProductWrite,
    SearchEngine,
    WriteFailure,
)
from hybrid_search.errors import IndexMissingError
from hybrid_search.jobs.ledger import JobLedger
from hybrid_search.jobs.queue import JobQueue, Payload, PayloadValue, TaskName
from hybrid_search.jobs.update_ledger import UpdateBatch, UpdateLedger
from hybrid_search.product_changes import unpack_changes

_logger = logging.getLogger(__name__)

MAX_REFUSALS = 3
RETRY_DELAY_S = 1.0
INDEX_DELAY_S = 2.0
"""How soon a change looks again for the index of a job that has none yet."""
LOGGED = 5

WRITTEN = "written"
REFUSALS = "refusals"


class UpdateWriter:
    """Writes the changes that were taken for one alias."""

    def __init__(
        self,
        *,
        engine: SearchEngine,
        jobs: JobLedger,
        updates: UpdateLedger,
        queue: JobQueue,
        encoder: LazyEncoder,
        alias: str,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._updates = updates
        self._queue = queue
        self._encoder = encoder
        self._alias = alias

    def write(self, payload: Payload) -> None:
        """Write a batch to the live index and to the one that a job is building.

        The payload has its `number`; what else is in it says how far a former attempt came.
        """
        batch = self._updates.get(int(payload["number"]))
        if batch is None:
            return
        # The job first: when it has none any more, the live index is the one that it has built.
        job = self._jobs.active(self._alias)
        if job is not None and job.revision > batch.revision:
            job = None
        written = str(payload.get(WRITTEN, ""))
        live_name = written
        for generation in self._engine.generations():
            if generation.is_live:
                live_name = generation.name
            is_wanted = generation.is_live or (job and job.generation == generation.name)
            if is_wanted and generation.name != written:
                further = self._attempt(generation, batch, int(payload.get(REFUSALS, 0)))
                if further is not None:
                    self._later(payload, RETRY_DELAY_S, further)
                    return
        if job is not None and job.generation is None:
            self._later(payload, INDEX_DELAY_S, {WRITTEN: live_name})
            return
        self._updates.remove(batch.number)

    def _attempt(
        self, generation: Generation, batch: UpdateBatch, refusals: int
    ) -> dict[str, PayloadValue] | None:
        """Write a batch to a generation; else return what the next attempt must know."""
        changes = unpack_changes(batch.payload, batch.revision)
        try:
            ready = self._with_vectors(generation, changes, is_last_try=refusals >= MAX_REFUSALS)
            report = self._engine.write(generation.name, ready)
        except UNFIT as error:
            _logger.warning("updates %d are left to other workers: %s", batch.number, error)
            return {REFUSALS: refusals + 1}
        except IndexMissingError as error:
            _logger.warning("updates %d look again for their index: %s", batch.number, error)
            return {}
        _log_failures(generation.name, "refused", report.failures)
        return None

    def _later(self, payload: Payload, delay_s: float, further: Mapping[str, PayloadValue]) -> None:
        self._queue.enqueue(TaskName.WRITE_UPDATES, {**payload, **further}, delay_s=delay_s)

    def _with_vectors(
        self,
        generation: Generation,
        changes: Sequence[ProductWrite | ProductDelete],
        *,
        is_last_try: bool,
    ) -> list[ProductWrite | ProductDelete]:
        """Return the changes with their vectors; a text that did not change keeps its own.

        Raises:
            EncoderError: another text has to be encoded, and this worker cannot; on the last
                try its product goes without a vector instead.
        """
        field = next((one for one in generation.vector_fields if one.name == TEXT_VECTOR), None)
        upserts = [change for change in changes if isinstance(change, ProductWrite)]
        if field is None or not upserts:
            return list(changes)
        kept = self._kept_vectors(generation.name, [change.product for change in upserts])
        fresh = [change.product for change in upserts if id(change.product) not in kept]
        vectors = dict(kept)
        if fresh:
            try:
                encoder = self._encoder.made(field.encoder_fingerprint, field.encoder_name)
            except UNFIT:
                if not is_last_try:
                    raise
                reason = f"no worker has encoder {field.encoder_name!r}"
                blind = tuple(WriteFailure(product.id, reason) for product in fresh)
            else:
                writes, blind = encoded_writes(encoder, fresh, 0)
                vectors |= {
                    id(write.product): write.vectors[TEXT_VECTOR]
                    for write in writes
                    if write.vectors
                }
            _log_failures(generation.name, "written without a vector", blind)
        return [
            ProductWrite(
                change.product, change.revision, {TEXT_VECTOR: vectors[id(change.product)]}
            )
            if isinstance(change, ProductWrite) and id(change.product) in vectors
            else change
            for change in changes
        ]

    def _kept_vectors(
        self, name: str, products: Sequence[Product]
    ) -> dict[int, npt.NDArray[np.float32]]:
        """Return the stored vectors of products whose text did not change, by their identity."""
        ids = list({product.id for product in products})
        former = self._engine.fetch(name, ids)
        same = [
            product
            for product in products
            if product.id in former and document_text(former[product.id]) == document_text(product)
        ]
        if not same:
            return {}
        stored = self._engine.fetch_vectors(name, TEXT_VECTOR, [product.id for product in same])
        return {id(product): stored[product.id] for product in same if product.id in stored}


def _log_failures(name: str, what: str, failures: Sequence[WriteFailure]) -> None:
    for failure in failures[:LOGGED]:
        _logger.warning("%s: %r was %s: %s", name, failure.product_id, what, failure.reason)
    if len(failures) > LOGGED:
        _logger.warning("%s: %d more were %s", name, len(failures) - LOGGED, what)
