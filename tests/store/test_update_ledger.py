"""Product updates in the database."""

from datetime import UTC, datetime, timedelta

import pytest

from hybrid_search.jobs.job import JobOrder, JobSource
from hybrid_search.store.database import Database
from hybrid_search.store.job_ledger import DatabaseJobLedger
from hybrid_search.store.update_ledger import DatabaseUpdateLedger

NOW = datetime(2025, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=8)
NOW_US = int(NOW.timestamp() * 1_000_000)


@pytest.fixture
def updates(database: Database) -> DatabaseUpdateLedger:
    return DatabaseUpdateLedger(database)


def test_a_batch_is_kept_until_it_is_removed(updates: DatabaseUpdateLedger) -> None:
    batch = updates.add("shop", b"payload", 3, now=NOW)
    assert (batch.payload, batch.revision) == (b"payload", NOW_US)
    assert updates.get(batch.number) == batch
    following = updates.add("shop", b"more", 1, now=NOW)
    assert following.revision == NOW_US + 3
    for _ in range(2):
        updates.remove(batch.number)
    assert updates.get(batch.number) is None
    assert updates.get(following.number) == following


def test_changes_before_a_revision_are_known(updates: DatabaseUpdateLedger) -> None:
    batch = updates.add("shop", b"payload", 3, now=NOW)
    assert not updates.has_older("shop", batch.revision)
    assert updates.has_older("shop", batch.revision + 1)
    assert not updates.has_older("other", batch.revision + 1)


def test_what_was_sent_before_is_sent_again_once(updates: DatabaseUpdateLedger) -> None:
    first, second = (updates.add("shop", b"x", 1, now=now) for now in (NOW, LATER))
    updates.add("other", b"x", 1, now=NOW)
    assert updates.resend("shop", sent_before=NOW, now=LATER) == ()
    assert updates.resend("shop", sent_before=LATER, now=LATER) == (first.number,)
    assert updates.resend("shop", sent_before=LATER, now=LATER) == ()
    much_later = LATER + timedelta(hours=1)
    assert updates.resend("shop", sent_before=much_later, now=much_later) == (
        first.number,
        second.number,
    )


def test_a_job_counts_the_changes_that_come_after_it(
    database: Database, updates: DatabaseUpdateLedger
) -> None:
    jobs = DatabaseJobLedger(database)
    before = updates.add("shop", b"x", 2, now=NOW)
    order = JobOrder("j1", "shop", JobSource("live"), None)
    job = jobs.start(order, is_read_by_caller=True, now=NOW)
    after = updates.add("shop", b"x", 3, now=NOW)
    updates.add("other", b"x", 5, now=NOW)
    assert before.revision < job.revision < after.revision
    assert jobs.get("j1").counts.changes == 3
