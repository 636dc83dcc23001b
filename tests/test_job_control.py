"""Jobs are started, ended and found again."""

from datetime import timedelta
from pathlib import Path

import pytest

from hybrid_search.catalog.rejects import Rejects
from hybrid_search.errors import (
    CatalogError,
    IndexMissingError,
    JobNotFoundError,
    JobRunningError,
    QueueUnavailableError,
)
from hybrid_search.job_control import UNREAD_AFTER
from hybrid_search.jobs.job import JobSource
from hybrid_search.jobs.queue import TaskName
from tests.fashion_shop import CATALOG
from tests.job_parts import CHUNKS, JobParts

SECOND = timedelta(seconds=1)


def test_the_second_job_is_refused_with_the_id_of_the_first(job_parts: JobParts) -> None:
    job_parts.reindex()
    first = job_parts.stage()
    with pytest.raises(JobRunningError, match=first.id) as caught:
        job_parts.control.start(JobSource("live"))
    assert caught.value.job_id == first.id
    with pytest.raises(JobRunningError, match=first.id):
        job_parts.control.start_staged("other.jsonl")
    job_parts.run()
    assert job_parts.job().state == "done"


def test_a_job_whose_reader_was_killed_makes_way(job_parts: JobParts) -> None:
    dead = job_parts.control.start_staged("catalog.jsonl")
    job_parts.clock.now += UNREAD_AFTER - SECOND
    with pytest.raises(JobRunningError):
        job_parts.control.start_staged("catalog.jsonl")
    job_parts.clock.now += SECOND
    job = job_parts.control.start_staged("catalog.jsonl")
    assert job_parts.jobs.active(job.alias) == job
    ended = job_parts.jobs.get(dead.id)
    assert ended.state == "failed"
    assert ended.error is not None
    assert "nobody has read catalog.jsonl for 0:10:00" in ended.error


def test_nothing_is_started_when_no_worker_can_be_asked(job_parts: JobParts) -> None:
    job_parts.reindex()
    job_parts.queue.error = QueueUnavailableError("away")
    with pytest.raises(QueueUnavailableError):
        job_parts.control.start(JobSource("live"))
    with pytest.raises(QueueUnavailableError):
        job_parts.control.start_staged("catalog.jsonl")
    assert len(job_parts.jobs.recent(10)) == 1


def test_a_job_that_nobody_can_be_asked_for_fails(
    job_parts: JobParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_parts.reindex()
    monkeypatch.setattr(job_parts.queue, "check", lambda: None)
    job_parts.queue.error = QueueUnavailableError("away")
    with pytest.raises(QueueUnavailableError):
        job_parts.control.start(JobSource("live"))
    job = job_parts.job()
    assert (job.state, job.error_code, job.error) == ("failed", "queue_unavailable", "away")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../catalog.jsonl", "is no file within the folder of catalogues"),
        ("a/../../catalog.jsonl", "is no file within the folder of catalogues"),
        ("/etc/passwd", "is no file within the folder of catalogues"),
        ("link.jsonl", "is no file within the folder of catalogues"),
        (".", "is no file within the folder of catalogues"),
        ("nul\0", "is no file within the folder of catalogues"),
    ],
)
def test_no_file_outside_of_the_folder_can_be_asked_for(
    job_parts: JobParts, tmp_path: Path, name: str, message: str
) -> None:
    folder = tmp_path / "catalogues"
    folder.mkdir()
    (tmp_path / "catalog.jsonl").touch()
    (folder / "link.jsonl").symlink_to(tmp_path / "catalog.jsonl")
    parts = job_parts.with_folder(folder)
    for source in (JobSource("file", name), JobSource("file", "good.jsonl", name)):
        with pytest.raises(CatalogError, match=message):
            parts.control.start(source)
    assert parts.jobs.recent(1) == ()


def test_without_a_folder_no_file_can_be_asked_for(job_parts: JobParts) -> None:
    with pytest.raises(CatalogError, match="set HYBRID_SEARCH_CATALOG_FOLDER"):
        job_parts.control.start(JobSource("file", "catalog.jsonl"))


def test_without_a_live_index_it_cannot_be_read(job_parts: JobParts) -> None:
    with pytest.raises(IndexMissingError, match="give a file"):
        job_parts.control.start(JobSource("live"))


def test_a_cancelled_job_leaves_the_live_index_and_its_tasks_do_nothing(
    job_parts: JobParts,
) -> None:
    live = job_parts.reindex().generation
    job = job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    job_parts.runner.run(*job_parts.queue.tasks.popleft())
    cancelled = job_parts.control.cancel(job.id)
    assert (cancelled.state, cancelled.error) == ("cancelled", "it was cancelled")
    assert [one.name for one in job_parts.engine.generations()] == [live]
    job_parts.run()
    assert job_parts.jobs.get(job.id) == cancelled
    assert [one.name for one in job_parts.engine.generations()] == [live]


def test_a_job_at_its_end_cannot_be_cancelled(job_parts: JobParts) -> None:
    done = job_parts.reindex()
    assert job_parts.control.cancel(done.id) == done
    with pytest.raises(JobNotFoundError):
        job_parts.control.cancel("nowhere")


def test_an_interrupt_cancels(job_parts: JobParts) -> None:
    job = job_parts.control.start_staged("catalog.jsonl")
    job_parts.control.fail(job.id, KeyboardInterrupt())
    ended = job_parts.job()
    assert (ended.state, ended.error) == (
        "cancelled",
        "it was interrupted while its file was being read",
    )


def test_an_unfinished_index_that_cannot_be_dropped_is_named(job_parts: JobParts) -> None:
    job = job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    job_parts.engine.refuses_to_drop = True
    job_parts.control.cancel(job.id)
    ended = job_parts.job()
    assert ended.error == (
        f"it was cancelled; the unfinished index {ended.generation!r} could not be dropped: "
        "it takes no writes"
    )


def test_a_complete_index_that_cannot_go_live_is_kept_and_named(job_parts: JobParts) -> None:
    job_parts.engine.refuses_to_switch = True
    job = job_parts.reindex()
    assert job.state == "failed"
    assert job.error is not None
    assert f"try `hybrid-search indexes --switch {job.generation}`" in job.error
    (kept,) = job_parts.engine.generations()
    assert (kept.name, kept.is_complete) == (job.generation, True)


def test_what_a_broker_lost_is_asked_for_again_at_every_step(job_parts: JobParts) -> None:
    job_parts.reindex()
    job = job_parts.control.start(JobSource("live"))
    for _ in range(10):
        lost = list(job_parts.queue.tasks)
        job_parts.queue.tasks.clear()
        job_parts.clock.now += SECOND
        job_parts.control.recover(job_parts.clock.now)
        assert sorted(map(str, job_parts.queue.tasks)) == sorted(map(str, lost))
        if not job_parts.queue.tasks:
            break
        job_parts.runner.run(*job_parts.queue.tasks.popleft())
    assert (job_parts.job().id, job_parts.job().state) == (job.id, "done")


def test_what_is_still_in_the_queue_is_not_asked_for_again(job_parts: JobParts) -> None:
    before = job_parts.clock.now
    job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    assert job_parts.queue.names() == ["WRITE_CHUNK"] * CHUNKS
    job_parts.control.recover(before)
    assert job_parts.queue.names() == ["WRITE_CHUNK"] * CHUNKS


def test_without_a_job_there_is_nothing_to_recover(job_parts: JobParts) -> None:
    job_parts.reindex()
    job_parts.control.recover(job_parts.clock.now + SECOND)
    assert job_parts.queue.names() == []


def test_a_staged_job_that_lost_its_begin_goes_on(job_parts: JobParts) -> None:
    job = job_parts.control.start_staged("catalog.jsonl")
    rejects = job_parts.stager.rejects(job.id, Rejects())
    job_parts.stager.stage(job.id, CATALOG, 60, rejects)
    job_parts.queue.tasks.clear()
    job_parts.control.recover(job_parts.clock.now + SECOND)
    assert job_parts.queue.names() == ["BEGIN"]
    job_parts.run()
    assert job_parts.job().state == "done"
