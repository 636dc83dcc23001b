"""The order of changes: one counter, in step with the clock but never behind itself."""

from datetime import datetime

from sqlalchemy import Connection, case, update

from hybrid_search.store.tables import REVISIONS

PRODUCTS = "products"


def take_revisions(connection: Connection, number: int, *, now: datetime) -> int:
    """Return the first of some consecutive revisions, all later than any that was given before.

    A revision is a time in microseconds, or the one after the last where the clock is behind; so
    those of a reindex that keeps no ledger, which are plain times, fall in line.

    Args:
        connection: a transaction that writes; others wait for its end.
        number: how many are taken, at least 1.
        now: the time by the clock.
    """
    now_us = int(now.timestamp() * 1_000_000)
    following = REVISIONS.c.last + 1
    first = case((following > now_us, following), else_=now_us)
    last = connection.scalar(
        update(REVISIONS)
        .where(REVISIONS.c.name == PRODUCTS)
        .values(last=first + number - 1)
        .returning(REVISIONS.c.last)
    )
    return int(last or 0) - number + 1
