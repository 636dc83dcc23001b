"""The query log: what was searched for and what came of it, kept for replays and reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from hybrid_search.store.database import Database
from hybrid_search.store.masking import masked, storable
from hybrid_search.store.tables import QUERY_LOG

PRUNED_AT_ONCE = 5_000
"""Other writers of a SQLite file wait for each of these transactions."""


@dataclass(frozen=True, slots=True)
class QueryLogEntry:
    """One answered request.

    Attributes:
        query_id: of the answer.
        at: when it was asked, with its time zone.
        kind: of request, such as `search` or `similar`.
        q: what was typed; e-mail addresses in it are masked before it is kept.
        filters: as JSON has them: texts, numbers, lists and objects; masked likewise.
        total: products of the result set.
        took_ms: of the whole answer.
        is_degraded: whether parts were missing from it.
    """

    query_id: str
    at: datetime
    kind: str
    q: str
    filters: Mapping[str, Any]
    total: int
    took_ms: float
    profile: str
    profile_version: int
    generation: str
    is_degraded: bool


_COLUMNS = tuple(QUERY_LOG.c[one.name] for one in fields(QueryLogEntry))


class QueryLog:
    """The entries in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, entries: Sequence[QueryLogEntry]) -> None:
        """Keep entries, all of them or none.

        Raises:
            DatabaseError: the database cannot be used.
        """
        if not entries:
            return
        rows = [_row(entry) for entry in entries]
        with self._database.writing() as connection:
            connection.execute(QUERY_LOG.insert(), rows)

    def prune(self, before: datetime) -> int:
        """Delete the entries that are older, and return how many they were.

        They go in small transactions, so that others can write in between.

        Raises:
            DatabaseError: the database cannot be used.
        """
        oldest = (
            select(QUERY_LOG.c.number)
            .where(QUERY_LOG.c.at < before)
            .order_by(QUERY_LOG.c.at)
            .limit(PRUNED_AT_ONCE)
        )
        pruned = 0
        while True:
            with self._database.writing() as connection:
                deletion = delete(QUERY_LOG).where(QUERY_LOG.c.number.in_(oldest))
                count = connection.execute(deletion).rowcount
            pruned += count
            if count < PRUNED_AT_ONCE:
                return pruned

    def recent(self, limit: int, *, since: datetime | None = None) -> tuple[QueryLogEntry, ...]:
        """Return at most `limit` entries, the newest first, none older than `since`.

        Raises:
            DatabaseError: the database cannot be used.
        """
        query = select(*_COLUMNS).order_by(QUERY_LOG.c.at.desc(), QUERY_LOG.c.number.desc())
        if since is not None:
            query = query.where(QUERY_LOG.c.at >= since)
        with self._database.reading() as connection:
            rows = connection.execute(query.limit(limit))
            return tuple(QueryLogEntry(*row) for row in rows)


def _row(entry: QueryLogEntry) -> dict[str, Any]:
    values = {one.name: getattr(entry, one.name) for one in fields(entry)}
    texts = {name: storable(value) for name, value in values.items() if isinstance(value, str)}
    changed = {"q": masked(texts["q"]), "filters": masked(dict(entry.filters))}
    return {**values, **texts, **changed}
