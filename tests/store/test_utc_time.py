"""Moments come back as they went in, on every database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from hybrid_search.errors import DatabaseError
from hybrid_search.store.database import Database
from hybrid_search.store.tables import API_KEYS

NOON = datetime(2026, 7, 1, 12, 0, 0, 123_456, tzinfo=UTC)


def keep(database: Database, created: datetime) -> None:
    values = {"id": created.isoformat(), "name": "a", "scopes": [], "secret_sha256": "b"}
    with database.writing() as connection:
        connection.execute(API_KEYS.insert().values(**values, created_at=created))


def test_a_moment_keeps_its_microseconds_and_comes_back_in_utc(database: Database) -> None:
    keep(database, NOON.astimezone(timezone(timedelta(hours=5, minutes=30))))
    with database.reading() as connection:
        found, never = connection.execute(
            select(API_KEYS.c.created_at, API_KEYS.c.revoked_at)
        ).one()
    assert (found, found.tzinfo, never) == (NOON, UTC, None)


def test_moments_of_all_time_zones_are_in_one_order(database: Database) -> None:
    zones = [timezone(timedelta(hours=hours)) for hours in (-11, 0, 2, 14)]
    moments = [
        (NOON + timedelta(minutes=n)).astimezone(zone) for n, zone in enumerate(reversed(zones))
    ]
    for moment in reversed(moments):
        keep(database, moment)
    column = API_KEYS.c.created_at
    with database.reading() as connection:
        found = connection.scalars(select(column).order_by(column)).all()
        later = connection.scalars(select(column).where(column > moments[1])).all()
    assert found == moments
    assert sorted(later) == moments[2:]


def test_a_moment_without_a_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(DatabaseError, match="has no time zone"):
        keep(database, NOON.replace(tzinfo=None))
