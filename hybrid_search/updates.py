"""Changes of single products are taken: checked, put in order and kept, to be written soon."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import SearchEngine
from hybrid_search.errors import InvalidProductError, QueueUnavailableError
from hybrid_search.jobs.ledger import JobLedger
from hybrid_search.jobs.queue import JobQueue, TaskName
from hybrid_search.jobs.update_ledger import UpdateLedger
from hybrid_search.product_changes import (
    ChangeOutcome,
    ProductChange,
    ProductRemoval,
    asked_id,
    checked_change,
    pack_changes,
)


class ProductUpdates:
    """Takes changes of the products of one alias."""

    def __init__(
        self,
        *,
        engine: SearchEngine,
        jobs: JobLedger,
        updates: UpdateLedger,
        queue: JobQueue,
        alias: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._updates = updates
        self._queue = queue
        self._alias = alias
        self._clock = clock

    def apply(self, changes: Sequence[ProductChange]) -> tuple[ChangeOutcome, ...]:
        """Take the changes that can be made, and return what became of each, in their order.

        When this returns, what was accepted is in the database, and is written within moments
        where workers run. Of two changes of one product the later one counts.

        Raises:
            IndexMissingError: there is no index yet.
            QueueUnavailableError: no worker can be asked; nothing was accepted.
            DatabaseError: the changes cannot be kept; nothing was accepted.
        """
        outcomes: list[ChangeOutcome] = []
        accepted: list[Product | ProductRemoval] = []
        for change in changes:
            try:
                accepted.append(checked_change(change))
            except InvalidProductError as error:
                outcomes.append(ChangeOutcome(asked_id(change), str(error)))
            else:
                outcomes.append(ChangeOutcome(asked_id(change)))
        if accepted:
            self._keep(accepted)
        return tuple(outcomes)

    def recover(self, sent_before: datetime) -> None:
        """Ask again for what was sent before then and is not written, as after a lost broker."""
        for number in self._updates.resend(self._alias, sent_before=sent_before, now=self._clock()):
            self._queue.enqueue(TaskName.WRITE_UPDATES, {"number": number})

    def _keep(self, changes: Sequence[Product | ProductRemoval]) -> None:
        if self._jobs.active(self._alias) is None:
            # Raises where there is no index that the changes could go into.
            self._engine.live_generation()
        payload = pack_changes(changes)
        batch = self._updates.add(self._alias, payload, len(changes), now=self._clock())
        try:
            self._queue.enqueue(TaskName.WRITE_UPDATES, {"number": batch.number})
        except QueueUnavailableError:
            self._updates.remove(batch.number)
            raise
