"""Entries of a query log for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hybrid_search.store.query_log import QueryLogEntry

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)

_ENTRY = QueryLogEntry(
    query_id="first",
    at=NOON,
    kind="search",
    q="red dress",
    filters={"brand": ["Nike", "Gucci"], "price": {"gte": 10.5}, "is_sale": True},
    total=12,
    took_ms=8.25,
    profile="default",
    profile_version=3,
    generation="products-1",
    is_degraded=False,
)


def entry(query_id: str = "first", *, q: str = "red dress", minutes: float = 0) -> QueryLogEntry:
    return replace(_ENTRY, query_id=query_id, q=q, at=NOON + timedelta(minutes=minutes))
