"""Changes of single products: taken in order, written to every index that needs them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from hybrid_search.building import TEXT_VECTOR
from hybrid_search.catalog.product import MAX_ID_BYTES, Product
from hybrid_search.catalog.record import product_record
from hybrid_search.encoders.document_text import document_text
from hybrid_search.errors import (
    EngineReadOnlyError,
    IndexMissingError,
    QueueUnavailableError,
)
from hybrid_search.jobs.job import JobSource
from hybrid_search.jobs.queue import TaskName
from hybrid_search.product_changes import ChangeOutcome, ProductRemoval, ProductUpsert
from tests.fashion_shop import ALIAS, CATALOG
from tests.job_parts import JobParts
from tests.word_encoder import WordEncoder

SECOND = timedelta(seconds=1)


def upsert(product: Product) -> ProductUpsert:
    return ProductUpsert(product_record(product))


def live(parts: JobParts) -> str:
    return parts.engine.live_generation().name


def stored(parts: JobParts, product_id: str, name: str | None = None) -> Product | None:
    return parts.engine.fetch(name or live(parts), [product_id]).get(product_id)


def vector(parts: JobParts, product_id: str) -> Any:
    return parts.engine.fetch_vectors(live(parts), TEXT_VECTOR, [product_id]).get(product_id)


def test_changes_are_written_in_their_order(job_parts: JobParts) -> None:
    job_parts.reindex()
    cheaper, dearer = (replace(CATALOG[0], price_minor=price) for price in (1, 2))
    new = Product("new", "golden gown")
    outcomes = job_parts.updates.apply(
        [upsert(cheaper), ProductRemoval("p001"), upsert(new), upsert(dearer)]
    )
    assert outcomes == tuple(ChangeOutcome(one) for one in ("p000", "p001", "new", "p000"))
    assert all(outcome.is_accepted for outcome in outcomes)
    job_parts.run()
    assert stored(job_parts, "p000") == dearer
    assert stored(job_parts, "p001") is None
    assert stored(job_parts, "new") == new
    expected = WordEncoder().encode_documents([document_text(new)])
    np.testing.assert_allclose(vector(job_parts, "new"), expected, atol=1e-6)


def test_bad_changes_are_refused_with_their_reason_and_the_others_go_on(
    job_parts: JobParts,
) -> None:
    job_parts.reindex()
    good = upsert(CATALOG[0])
    outcomes = job_parts.updates.apply(
        [
            ProductUpsert({"id": "untitled"}),
            ProductUpsert({"id": 3, "title": "x", "colour": "red"}),
            ProductRemoval(""),
            ProductRemoval("x" * (MAX_ID_BYTES + 1)),
            ProductRemoval("\ud800"),
            good,
        ]
    )
    reasons = [outcome.reason or "" for outcome in outcomes]
    for reason, expected in zip(
        reasons,
        ["title: is missing", "did you mean 'color'", "0 bytes", "513 bytes", "surrogate", ""],
        strict=True,
    ):
        assert expected in reason
    assert [outcome.is_accepted for outcome in outcomes] == [False] * 5 + [True]
    assert [outcome.product_id for outcome in outcomes][:2] == ["untitled", None]
    assert job_parts.queue.names() == ["WRITE_UPDATES"]


def test_nothing_is_asked_for_when_everything_is_refused(job_parts: JobParts) -> None:
    job_parts.reindex()
    assert not job_parts.updates.apply([ProductRemoval("")])[0].is_accepted
    assert job_parts.updates.apply([]) == ()
    assert job_parts.queue.names() == []


def test_a_change_of_price_or_stock_encodes_nothing(job_parts: JobParts) -> None:
    job_parts.reindex()
    before = vector(job_parts, "p000")
    unfit = job_parts.with_encoder(None)
    changed = replace(CATALOG[0], price_minor=1, sizes={"XL": 3})
    unfit.updates.apply([upsert(changed)])
    unfit.run()
    assert stored(job_parts, "p000") == changed
    np.testing.assert_array_equal(vector(job_parts, "p000"), before)
    assert set(job_parts.queue.delays) == {0}


def test_a_worker_with_another_encoder_leaves_other_texts_to_others(job_parts: JobParts) -> None:
    job_parts.reindex()
    changed = replace(CATALOG[0], title="golden gown")
    unfit = job_parts.with_encoder(WordEncoder(name="test:other", fingerprint="f00d"))
    unfit.updates.apply([upsert(changed)])
    unfit.runner.run(*job_parts.queue.tasks.popleft())
    assert stored(job_parts, "p000") == CATALOG[0]
    job_parts.run()
    assert stored(job_parts, "p000") == changed
    expected = WordEncoder().encode_documents([document_text(changed)])
    np.testing.assert_allclose(vector(job_parts, "p000"), expected, atol=1e-6)


def test_where_no_worker_has_the_encoder_a_text_goes_in_without_a_vector(
    job_parts: JobParts, caplog: pytest.LogCaptureFixture
) -> None:
    job_parts.reindex()
    changed = replace(CATALOG[0], title="golden gown")
    unfit = job_parts.with_encoder(None)
    unfit.updates.apply([upsert(changed), upsert(replace(CATALOG[1], price_minor=3))])
    unfit.run()
    assert stored(job_parts, "p000") == changed
    assert vector(job_parts, "p000") is None
    assert vector(job_parts, "p001") is not None
    assert "'p000' was written without a vector: no worker has encoder 'test:words'" in caplog.text


def test_changes_during_a_job_are_in_its_index_too(job_parts: JobParts) -> None:
    job_parts.reindex()
    former = live(job_parts)
    job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    # Some come before the chunk of their product is written, and some after.
    early, late = (replace(CATALOG[n], title="golden gown") for n in (0, 59))
    for _ in range(2):
        job_parts.updates.apply([upsert(early), upsert(late), ProductRemoval("p030")])
        job_parts.queue.tasks.rotate(1)
        job_parts.runner.run(*job_parts.queue.tasks.popleft())
        job_parts.runner.run(*job_parts.queue.tasks.popleft())
    assert stored(job_parts, "p000", former) == early
    job_parts.run()
    job = job_parts.job()
    assert (job.state, job.counts.changes) == ("done", 6)
    assert live(job_parts) == job.generation
    assert (stored(job_parts, "p000"), stored(job_parts, "p059")) == (early, late)
    assert stored(job_parts, "p030") is None
    assert job_parts.engine.count(live(job_parts)) == 59


def test_changes_wait_for_the_index_of_a_job_that_has_none_yet(job_parts: JobParts) -> None:
    job_parts.reindex()
    former = live(job_parts)
    job_parts.stage()
    changed = replace(CATALOG[0], price_minor=1)
    job_parts.updates.apply([upsert(changed)])
    job_parts.queue.tasks.rotate(1)
    job_parts.runner.run(*job_parts.queue.tasks.popleft())
    assert stored(job_parts, "p000", former) == changed
    assert job_parts.queue.tasks[-1][0] is TaskName.WRITE_UPDATES
    assert job_parts.queue.delays[-1] > 0
    job_parts.run()
    assert job_parts.job().state == "done"
    assert stored(job_parts, "p000") == changed


def test_changes_that_waited_go_into_the_index_that_went_live_meanwhile(
    job_parts: JobParts,
) -> None:
    job_parts.reindex()
    job_parts.stage()
    changed = replace(CATALOG[0], price_minor=1)
    job_parts.updates.apply([upsert(changed)])
    job_parts.queue.tasks.rotate(1)
    job_parts.runner.run(*job_parts.queue.tasks.popleft())
    waiting = job_parts.queue.tasks.pop()
    job_parts.run()
    assert stored(job_parts, "p000") == CATALOG[0]
    job_parts.runner.run(*waiting)
    assert stored(job_parts, "p000") == changed


def test_a_job_on_the_live_index_waits_for_the_changes_before_it(job_parts: JobParts) -> None:
    job_parts.reindex()
    changed = replace(CATALOG[0], price_minor=1)
    job_parts.updates.apply([upsert(changed)])
    job_parts.clock.now += SECOND
    job_parts.control.start(JobSource("live"))
    job_parts.queue.tasks.rotate(1)
    job_parts.runner.run(*job_parts.queue.tasks.popleft())
    assert job_parts.job().state == "queued"
    job_parts.run()
    assert job_parts.job().state == "done"
    assert stored(job_parts, "p000") == changed


def test_the_first_index_takes_the_changes_made_while_it_grows(job_parts: JobParts) -> None:
    job_parts.stage()
    job_parts.updates.apply([ProductRemoval("p000")])
    job_parts.run()
    assert job_parts.engine.count(live(job_parts)) == 59


def test_before_any_index_changes_are_refused(job_parts: JobParts) -> None:
    with pytest.raises(IndexMissingError):
        job_parts.updates.apply([ProductRemoval("p000")])
    assert not job_parts.update_ledger.has_older(ALIAS, 2**62)


def test_changes_are_not_accepted_when_no_worker_can_be_asked(job_parts: JobParts) -> None:
    job_parts.reindex()
    job_parts.queue.error = QueueUnavailableError("away")
    with pytest.raises(QueueUnavailableError):
        job_parts.updates.apply([ProductRemoval("p000")])
    assert not job_parts.update_ledger.has_older(ALIAS, 2**62)


def test_changes_outlive_an_engine_that_takes_no_writes(job_parts: JobParts) -> None:
    job_parts.reindex()
    job_parts.updates.apply([ProductRemoval("p000")])
    job_parts.engine.write_error = EngineReadOnlyError("its disk is full")
    for _ in range(20):
        job_parts.runner.run(*job_parts.queue.tasks.popleft())
    job_parts.engine.write_error = None
    job_parts.run()
    assert stored(job_parts, "p000") is None


def test_changes_that_a_broker_lost_are_asked_for_again(job_parts: JobParts) -> None:
    job_parts.reindex()
    job_parts.updates.apply([ProductRemoval("p000")])
    job_parts.queue.tasks.clear()
    job_parts.updates.recover(job_parts.clock.now)
    assert job_parts.queue.names() == []
    job_parts.clock.now += SECOND
    job_parts.runner.run(TaskName.RECOVER, {"sent_before": job_parts.clock.now.isoformat()})
    job_parts.run()
    assert stored(job_parts, "p000") is None


def test_a_batch_that_comes_twice_is_written_once(job_parts: JobParts) -> None:
    job_parts.reindex()
    job_parts.updates.apply([ProductRemoval("p000")])
    again = job_parts.queue.tasks[0]
    job_parts.run()
    job_parts.updates.apply([upsert(CATALOG[0])])
    job_parts.run()
    job_parts.runner.run(*again)
    assert stored(job_parts, "p000") == CATALOG[0]


def test_what_the_engine_refuses_is_logged(
    job_parts: JobParts, caplog: pytest.LogCaptureFixture
) -> None:
    job_parts.reindex()
    job_parts.engine.refused = frozenset({"p000"})
    job_parts.updates.apply([upsert(replace(CATALOG[0], price_minor=1)), ProductRemoval("p001")])
    job_parts.run()
    assert "'p000' was refused: unknown vector field" in caplog.text
    assert stored(job_parts, "p001") is None
