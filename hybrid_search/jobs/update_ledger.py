"""Product updates that were accepted and are not written yet, as services see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class UpdateBatch:
    """Some changes that were accepted together.

    Attributes:
        number: of the batch; later ones have higher numbers.
        payload: the changes, packed.
        revision: of the first change; the others follow one by one.
    """

    number: int
    payload: bytes
    revision: int


class UpdateLedger(Protocol):
    """Batches of changes; every method is one transaction and may raise `DatabaseError`."""

    def add(self, alias: str, payload: bytes, changes: int, *, now: datetime) -> UpdateBatch:
        """Keep a batch and give its changes their revisions.

        They are later than that of the job that the alias has, and that job counts them.
        """

    def get(self, number: int) -> UpdateBatch | None:
        """Return a batch, or None when it was written."""

    def remove(self, number: int) -> None:
        """Forget a batch; again is harmless."""

    def has_older(self, alias: str, revision: int) -> bool:
        """Return whether changes before a revision are still to be written."""

    def resend(self, alias: str, *, sent_before: datetime, now: datetime) -> tuple[int, ...]:
        """Return the numbers of the batches sent before then, and count them as sent now."""
