"""Product updates in the database."""

from datetime import datetime

from sqlalchemy import delete, exists, insert, select, update

from hybrid_search.jobs.update_ledger import UpdateBatch
from hybrid_search.store.database import Database
from hybrid_search.store.revisions import take_revisions
from hybrid_search.store.tables import JOBS, PRODUCT_UPDATES


class DatabaseUpdateLedger:
    """`UpdateLedger` on a database of either kind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, alias: str, payload: bytes, changes: int, *, now: datetime) -> UpdateBatch:
        """Keep a batch and give its changes their revisions."""
        counted = update(JOBS).where(JOBS.c.active_alias == alias)
        with self._database.writing() as connection:
            # Whoever starts a job waits here: it gets a later revision, or counts these changes.
            revision = take_revisions(connection, changes, now=now)
            connection.execute(counted.values(changes=JOBS.c.changes + changes))
            number = connection.scalar(
                insert(PRODUCT_UPDATES)
                .values(alias=alias, payload=payload, revision=revision, sent_at=now)
                .returning(PRODUCT_UPDATES.c.number)
            )
        return UpdateBatch(int(number or 0), payload, revision)

    def get(self, number: int) -> UpdateBatch | None:
        """Return a batch, or None when it was written."""
        columns = PRODUCT_UPDATES.c
        wanted = select(columns.payload, columns.revision).where(columns.number == number)
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else UpdateBatch(number, row.payload, row.revision)

    def remove(self, number: int) -> None:
        """Forget a batch; again is harmless."""
        with self._database.writing() as connection:
            connection.execute(delete(PRODUCT_UPDATES).where(PRODUCT_UPDATES.c.number == number))

    def has_older(self, alias: str, revision: int) -> bool:
        """Return whether changes before a revision are still to be written."""
        older = select(PRODUCT_UPDATES.c.number).where(
            PRODUCT_UPDATES.c.alias == alias, PRODUCT_UPDATES.c.revision < revision
        )
        with self._database.reading() as connection:
            return bool(connection.scalar(select(exists(older))))

    def resend(self, alias: str, *, sent_before: datetime, now: datetime) -> tuple[int, ...]:
        """Return the numbers of the batches sent before then, and count them as sent now."""
        due = (
            update(PRODUCT_UPDATES)
            .where(PRODUCT_UPDATES.c.alias == alias, PRODUCT_UPDATES.c.sent_at < sent_before)
            .values(sent_at=now)
            .returning(PRODUCT_UPDATES.c.number)
        )
        with self._database.writing() as connection:
            return tuple(sorted(connection.scalars(due)))
