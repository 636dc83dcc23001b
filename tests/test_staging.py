"""Catalogues are read into chunks of the ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.packed_products import unpack_products
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.readers import read_catalog
from hybrid_search.catalog.rejects import Reject, Rejects
from hybrid_search.errors import (
    CatalogError,
    JobError,
    QueueUnavailableError,
    VerificationError,
)
from hybrid_search.jobs.job import JobFailure, JobSource
from hybrid_search.jobs.queue import TaskName
from hybrid_search.staging import NOTED_REJECTS, QUEUE_WAITS_S
from tests.fashion_shop import CATALOG
from tests.job_parts import CHUNK, CHUNKS, JobParts


def test_every_product_lies_in_one_chunk_in_its_order(job_parts: JobParts) -> None:
    job = job_parts.stage()
    assert (job.state, job.is_staged) == ("running", True)
    assert (job.counts.products, job.counts.chunks) == (60, CHUNKS)
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    found: list[Product] = []
    for number in range(CHUNKS):
        chunk = job_parts.chunks.take(job.id, number, now=job_parts.clock())
        assert chunk is not None
        found += unpack_products(chunk.payload)
    assert found == list(CATALOG)


def test_attributes_and_a_sample_are_kept(job_parts: JobParts) -> None:
    job = job_parts.stage()
    catalog = job_parts.jobs.staged_catalog(job.id)
    assert catalog.attributes == ("fit", "heel")
    assert sorted(catalog.sample) == [product.id for product in CATALOG]


def test_bad_lines_are_noted_and_handed_on(job_parts: JobParts) -> None:
    job = job_parts.control.start_staged("catalog.jsonl")
    other = Rejects()
    rejects = job_parts.stager.rejects(job.id, other)
    number = NOTED_REJECTS + 3

    def read() -> Iterator[Product]:
        for line in range(number):
            rejects.add(Reject(line, "no JSON", "{", None))
        yield from CATALOG

    job_parts.stager.stage(job.id, read(), 60, rejects)
    expected = tuple(JobFailure("rejected", None, "no JSON", line) for line in range(number))
    assert job_parts.jobs.failures(job.id) == expected
    assert job_parts.jobs.get(job.id).counts.rejected == other.count == number
    job_parts.run()
    assert job_parts.job().state == "done"


def test_an_empty_catalogue_is_refused(job_parts: JobParts) -> None:
    with pytest.raises(VerificationError, match="the catalogue has no product"):
        job_parts.stage([])


def test_a_stream_that_breaks_keeps_its_bad_lines(job_parts: JobParts) -> None:
    job = job_parts.control.start_staged("catalog.jsonl")
    rejects = job_parts.stager.rejects(job.id, Rejects())

    def broken() -> Iterator[Product]:
        rejects.add(Reject(1, "no JSON", "{"))
        yield CATALOG[0]
        raise CatalogError("cut off")

    with pytest.raises(CatalogError, match="cut off"):
        job_parts.stager.stage(job.id, broken(), 60, rejects)
    assert len(job_parts.jobs.failures(job.id)) == 1


def test_a_job_that_ends_meanwhile_is_not_read_any_further(job_parts: JobParts) -> None:
    read: list[str] = []

    def watched() -> Iterator[Product]:
        for product in CATALOG:
            if product is CATALOG[CHUNK]:
                job_parts.control.cancel(job_parts.job().id)
            read.append(product.id)
            yield product

    with pytest.raises(JobError, match=r"job \S+ was cancelled meanwhile: it was cancelled"):
        job_parts.stage(watched())
    assert len(read) <= CHUNK + 1


def test_a_broker_that_is_restarted_is_waited_for(
    job_parts: JobParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = job_parts.queue
    enqueue = queue.enqueue
    failures = [QueueUnavailableError("away")] * 3

    def moody(task: TaskName, payload: dict[str, str | int], *, delay_s: float = 0.0) -> None:
        if failures:
            raise failures.pop()
        enqueue(task, payload, delay_s=delay_s)

    monkeypatch.setattr(queue, "enqueue", moody)
    job_parts.stage()
    assert job_parts.waits == list(QUEUE_WAITS_S[:3])
    job_parts.run()
    assert job_parts.job().state == "done"


def test_a_broker_that_stays_away_fails(job_parts: JobParts) -> None:
    job = job_parts.control.start_staged("catalog.jsonl")
    job_parts.queue.error = QueueUnavailableError("away")
    rejects = job_parts.stager.rejects(job.id, Rejects())
    with pytest.raises(QueueUnavailableError, match="away"):
        job_parts.stager.stage(job.id, CATALOG, 60, rejects)
    assert job_parts.waits == list(QUEUE_WAITS_S)


def test_a_worker_reads_a_file_of_the_folder(job_parts: JobParts, tmp_path: Path) -> None:
    lines = ['{"id": "a", "name": "Red dress"}', "{", '{"id": "b", "name": "Blue boots"}']
    (tmp_path / "shop.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "fields.toml").write_text('[fields]\nid = "id"\ntitle = "name"\n')
    parts = job_parts.with_folder(tmp_path)
    job = parts.control.start(JobSource("file", "shop.jsonl", "fields.toml"))
    assert (job.state, parts.queue.names()) == ("queued", ["STAGE"])
    parts.run()
    job = parts.job()
    assert (job.state, job.counts.written, job.counts.rejected) == ("done", 2, 1)
    assert [(one.line, one.kind) for one in parts.jobs.failures(job.id)] == [(2, "rejected")]
    assert set(parts.engine.fetch(str(job.generation), ["a", "b"])) == {"a", "b"}


def test_a_source_is_read_once_however_often_it_is_asked_for(
    job_parts: JobParts, tmp_path: Path
) -> None:
    (tmp_path / "shop.jsonl").write_text('{"id": "a", "title": "Red dress"}')
    parts = job_parts.with_folder(tmp_path)
    job = parts.control.start(JobSource("file", "shop.jsonl"))
    parts.queue.enqueue(TaskName.STAGE, {"job_id": job.id})
    parts.run()
    assert (parts.job().state, parts.job().counts.products) == ("done", 1)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (JobSource("file", "nowhere.jsonl"), "cannot read"),
        (JobSource("file", "shop.jsonl", is_strict=True), "1 bad lines beside 1 products"),
    ],
)
def test_a_source_that_cannot_be_read_fails_the_job(
    job_parts: JobParts, tmp_path: Path, source: JobSource, message: str
) -> None:
    (tmp_path / "shop.jsonl").write_text('{"id": "a", "title": "Red dress"}\n{')
    parts = job_parts.with_folder(tmp_path)
    parts.control.start(source)
    parts.run()
    job = parts.job()
    assert (job.state, job.error_code) == ("failed", "invalid_catalog")
    assert job.error is not None
    assert message in job.error


def test_the_live_index_can_be_read_again(job_parts: JobParts) -> None:
    first = job_parts.reindex()
    job = job_parts.control.start(JobSource("live"))
    job_parts.run()
    second = job_parts.job()
    assert (second.id, second.state, second.counts.written) == (job.id, "done", len(CATALOG))
    assert second.generation != first.generation
    every = [product.id for product in CATALOG]
    assert job_parts.engine.fetch(str(second.generation), every) == {
        product.id: product for product in CATALOG
    }


def test_a_catalogue_on_the_disk_comes_in_whole(job_parts: JobParts, tmp_path: Path) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_text("\n".join(f'{{"id": "{n}", "title": "dress {n}"}}' for n in range(2500)))
    job = job_parts.control.start_staged(str(path))
    rejects = job_parts.stager.rejects(job.id, Rejects())
    reader = read_catalog(path, FieldMap.identity(), rejects=rejects)
    job_parts.stager.stage(job.id, reader, 2500, rejects)
    job_parts.run()
    assert (job_parts.job().state, job_parts.job().counts.written) == ("done", 2500)
