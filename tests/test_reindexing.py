"""A reindex step by step: what goes live, what is listed, what happens twice or too late."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from hybrid_search.building import TEXT_VECTOR, seeded
from hybrid_search.calibration import ProductSample, calibrate_sample
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.rejects import Rejects
from hybrid_search.encoders.document_text import document_text
from hybrid_search.encoders.lazy import LazyEncoder
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.engines.port import ProductDelete, SearchEngine
from hybrid_search.errors import (
    DatabaseUnavailableError,
    EncoderError,
    EngineReadOnlyError,
    EngineUnavailableError,
)
from hybrid_search.jobs.queue import TaskName
from hybrid_search.jobs.task_runner import ATTEMPT, MAX_ATTEMPTS
from hybrid_search.reindexing import MAX_REFUSALS, MAX_TAKEN, REFUSAL_WAITS_S
from tests.fashion_shop import CATALOG
from tests.job_parts import CHUNK, CHUNKS, JobParts, TroubledEngine, counts_of
from tests.word_encoder import WordEncoder


@pytest.fixture
def engine(job_parts: JobParts) -> TroubledEngine:
    return job_parts.engine


def stored(engine: SearchEngine) -> dict[str, Product]:
    live = engine.live_generation().name
    return dict(engine.fetch(live, [product.id for product in CATALOG]))


def test_every_product_goes_live_with_its_vector(job_parts: JobParts, engine: SearchEngine) -> None:
    job = job_parts.reindex()
    assert (job.state, job.error) == ("done", None)
    assert counts_of(job) == {
        "products": 60,
        "chunks": CHUNKS,
        "chunks_done": CHUNKS,
        "products_done": 60,
        "written": 60,
        "encoded": 60,
    }
    live = engine.live_generation()
    assert live.name == job.generation
    assert (live.attributes, live.is_complete) == (("fit", "heel"), True)
    assert stored(engine) == {product.id: product for product in CATALOG}
    vectors = engine.fetch_vectors(live.name, TEXT_VECTOR, [one.id for one in CATALOG])
    expected = WordEncoder().encode_documents([document_text(one) for one in CATALOG])
    for product, vector in zip(CATALOG, expected, strict=True):
        np.testing.assert_allclose(vectors[product.id], [vector], atol=1e-6)


def test_bounds_are_those_that_the_direct_way_finds(
    job_parts: JobParts, engine: SearchEngine
) -> None:
    job_parts.reindex()
    (field,) = engine.live_generation().vector_fields
    sample = ProductSample(seeded())
    vectors = WordEncoder().encode_documents([document_text(one) for one in CATALOG])
    for product, vector in zip(CATALOG, vectors, strict=True):
        sample.add(product, vector)
    expected = calibrate_sample(WordEncoder(), sample, seeded())
    assert set(field.bounds) == set(expected)
    for kind, bounds in expected.items():
        found = field.bounds[kind]
        assert found.floor == pytest.approx(bounds.floor, abs=1e-6)
        assert found.upper == pytest.approx(bounds.upper, abs=1e-6)


def test_without_an_encoder_there_are_no_vectors(job_parts: JobParts, engine: SearchEngine) -> None:
    bare = job_parts.with_encoder(None)
    job = bare.reindex()
    assert (job.state, job.fingerprint, job.counts.encoded) == ("done", None, 0)
    assert engine.live_generation().vector_fields == ()


def test_chunks_are_written_while_the_source_is_still_read(job_parts: JobParts) -> None:
    seen: list[int] = []

    def watched() -> Iterator[Product]:
        for number, product in enumerate(CATALOG):
            if number == 2 * CHUNK + 1:
                job_parts.run()
                seen.append(job_parts.job().counts.written)
            yield product

    job = job_parts.control.start_staged("catalog.jsonl")
    rejects = job_parts.stager.rejects(job.id, Rejects())
    job_parts.stager.stage(job.id, watched(), 60, rejects)
    assert seen == [2 * CHUNK]
    job_parts.run()
    assert job_parts.job().state == "done"


def test_the_first_of_two_indexes_is_kept_and_older_ones_go(
    job_parts: JobParts, engine: SearchEngine
) -> None:
    names = []
    for hour in range(3):
        job_parts.clock.now = job_parts.clock.now.replace(hour=hour)
        names.append(job_parts.reindex().generation)
    assert [one.name for one in engine.generations()] == names[1:]
    assert job_parts.job().pruned == (names[0],)


def test_bad_products_are_listed_and_the_rest_goes_on(
    job_parts: JobParts, engine: TroubledEngine
) -> None:
    engine.refused = frozenset({"p003", "p041"})
    products = [
        replace(product, description="unencodable") if n in {7, 59} else product
        for n, product in enumerate(CATALOG)
    ]
    job = job_parts.with_encoder(WordEncoder(refused="unencodable")).reindex(products)
    assert job.state == "done"
    assert (job.counts.written, job.counts.encoded) == (58, 58)
    assert (job.counts.refused, job.counts.without_vector) == (2, 2)
    failures = {(one.kind, one.product_id): one.reason for one in job_parts.jobs.failures(job.id)}
    assert set(failures) == {
        ("refused", "p003"),
        ("refused", "p041"),
        ("without_vector", "p007"),
        ("without_vector", "p059"),
    }
    assert "unknown vector field 'nowhere'" in failures["refused", "p003"]
    assert failures["without_vector", "p007"] == "the word 'unencodable' cannot be encoded"


def test_tasks_that_come_twice_and_in_another_order_change_nothing(
    job_parts: JobParts, engine: SearchEngine
) -> None:
    job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    doubled = [*job_parts.queue.tasks, *reversed(job_parts.queue.tasks)]
    job_parts.queue.tasks.clear()
    job_parts.queue.tasks.extend(doubled)
    job_parts.run()
    job = job_parts.job()
    assert (job.state, job.counts.written, job.counts.chunks_done) == ("done", 60, CHUNKS)
    for task in (TaskName.BEGIN, TaskName.FINISH):
        job_parts.runner.run(task, {"job_id": job.id})
    assert job_parts.job() == job
    assert [one.name for one in engine.generations()] == [job.generation]


def test_a_chunk_that_was_written_but_not_recorded_is_written_again(
    job_parts: JobParts, engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    with monkeypatch.context() as patched:

        def complete(*_: object, **__: object) -> None:
            raise DatabaseUnavailableError("it is away")

        patched.setattr(job_parts.chunks, "complete", complete)
        job_parts.runner.run(*job_parts.queue.tasks.popleft())
    assert job_parts.queue.tasks[-1][1][ATTEMPT] == 1
    job_parts.run()
    assert (job_parts.job().state, job_parts.job().counts.written) == ("done", 60)
    assert len(stored(engine)) == 60


def test_an_index_is_made_once_when_two_workers_begin(
    job_parts: JobParts, engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_parts.stage()
    live_before = job_parts.engine.generations()
    with monkeypatch.context() as patched:
        create = engine.create_generation

        def create_late(generation: object) -> None:
            patched.undo()
            job_parts.reindexer.begin(job.id)
            create(generation)  # type: ignore[arg-type] # handed through

        patched.setattr(engine, "create_generation", create_late)
        job_parts.reindexer.begin(job.id)
    assert len(engine.generations()) == len(live_before) + 1
    job_parts.run()
    assert job_parts.job().state == "done"


def test_an_engine_that_is_away_for_a_while_costs_nothing(
    job_parts: JobParts, engine: TroubledEngine
) -> None:
    job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    engine.write_error = EngineUnavailableError("it is away")
    job_parts.queue.delays.clear()
    for _ in range(2 * CHUNKS):
        job_parts.runner.run(*job_parts.queue.tasks.popleft())
    assert job_parts.job().state == "running"
    assert job_parts.queue.delays == [1.0] * CHUNKS + [2.0] * CHUNKS
    engine.write_error = None
    job_parts.run()
    assert (job_parts.job().state, job_parts.job().counts.written) == ("done", 60)


def test_an_engine_that_stays_away_fails_the_job_with_its_reason(
    job_parts: JobParts, engine: TroubledEngine
) -> None:
    live = job_parts.reindex().generation
    job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    engine.write_error = EngineUnavailableError("it is away")
    job_parts.run()
    job = job_parts.job()
    assert (job.state, job.error_code, job.error) == ("failed", "engine_unavailable", "it is away")
    assert max(job_parts.queue.delays) == 60
    assert [one.name for one in engine.generations()] == [live]
    assert MAX_ATTEMPTS > 5


def test_a_read_only_engine_fails_the_job_at_once(
    job_parts: JobParts, engine: TroubledEngine
) -> None:
    job_parts.stage()
    engine.write_error = EngineReadOnlyError("its disk is full")
    job_parts.run()
    job = job_parts.job()
    assert (job.state, job.error_code) == ("failed", "engine_read_only")
    assert engine.generations() == ()
    assert job_parts.queue.names() == []


def test_an_unforeseen_error_fails_the_job_with_its_kind(
    job_parts: JobParts, engine: TroubledEngine, caplog: pytest.LogCaptureFixture
) -> None:
    job_parts.stage()
    engine.write_error = ZeroDivisionError("by zero")
    job_parts.run()
    job = job_parts.job()
    assert (job.state, job.error) == ("failed", "ZeroDivisionError: by zero")
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (None, "encoder 'test:words', but this worker has none"),
        (WordEncoder(name="test:other", fingerprint="f00d"), "has encoder 'test:other'"),
        (WordEncoder(fingerprint="f00d"), "has another model of that name"),
    ],
    ids=["none", "another", "another of that name"],
)
def test_a_worker_with_another_encoder_leaves_chunks_to_others_and_at_last_fails_the_job(
    job_parts: JobParts, engine: SearchEngine, encoder: Encoder | None, message: str
) -> None:
    job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    unfit = job_parts.with_encoder(encoder)
    for _ in range(MAX_REFUSALS):
        unfit.runner.run(*job_parts.queue.tasks.popleft())
    assert engine.count(str(job_parts.job().generation)) == 0
    assert unfit.waits == list(REFUSAL_WAITS_S)
    assert job_parts.queue.names() == ["WRITE_CHUNK"] * CHUNKS
    unfit.runner.run(*job_parts.queue.tasks.popleft())
    job = job_parts.job()
    assert (job.state, job.error_code) == ("failed", "encoder_mismatch")
    assert job.error is not None
    assert f"the index takes vectors of encoder 'test:words', but this worker {message}"[:40] in (
        job.error
    )
    assert message in job.error
    assert f"no worker could do it, {MAX_REFUSALS + 1} times in a row" in job.error
    assert engine.generations() == ()


def test_a_worker_with_another_encoder_does_no_harm_beside_a_good_one(job_parts: JobParts) -> None:
    job_parts.stage()
    unfit = job_parts.with_encoder(None)
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    for _ in range(CHUNKS):
        for _ in range(MAX_REFUSALS):
            unfit.runner.run(*job_parts.queue.tasks.popleft())
        job_parts.runner.run(*job_parts.queue.tasks.popleft())
    job_parts.run()
    assert job_parts.job().state == "done"


def test_a_job_is_not_given_up_while_a_chunk_is_being_written(job_parts: JobParts) -> None:
    job_parts.stage()
    unfit = job_parts.with_encoder(None)
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    job = job_parts.job()
    job_parts.chunks.take(job.id, 0, now=job_parts.clock())
    job_parts.queue.tasks.popleft()
    for _ in range(3 * MAX_REFUSALS):
        unfit.runner.run(*job_parts.queue.tasks.popleft())
    assert job_parts.job().state == "running"
    job_parts.reindexer.write_chunk(job.id, 0)
    job_parts.run()
    assert job_parts.job().state == "done"


def test_an_index_is_made_only_by_a_worker_with_the_encoder_that_the_job_asks_for(
    job_parts: JobParts, engine: SearchEngine
) -> None:
    job_parts.stage()
    unfit = job_parts.with_encoder(None)
    unfit.run()
    job = job_parts.job()
    assert (job.state, job.error_code) == ("failed", "encoder_mismatch")
    assert job.error is not None
    assert "the job asks for encoder 'test:words', but this worker has none" in job.error
    assert engine.generations() == ()


def test_an_encoder_that_cannot_be_loaded_is_tried_again(job_parts: JobParts) -> None:
    loads: list[int] = []

    def load() -> Encoder:
        loads.append(1)
        if len(loads) < 3:
            raise EncoderError("no such folder")
        return WordEncoder()

    late = JobParts(job_parts.engine, job_parts.database, LazyEncoder("test:words", load))
    assert late.reindex().state == "done"
    assert len(loads) == 3


def test_a_chunk_that_kills_its_workers_fails_the_job(job_parts: JobParts) -> None:
    job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.WRITE_CHUNK)
    for _ in range(MAX_TAKEN):
        job_parts.chunks.take(job_parts.job().id, 0, now=job_parts.clock())
    job_parts.run()
    job = job_parts.job()
    assert job.state == "failed"
    assert job.error is not None
    assert f"chunk 0 was begun {MAX_TAKEN} times and never done" in job.error


def test_an_index_that_was_dropped_meanwhile_fails_the_job(
    job_parts: JobParts, engine: SearchEngine
) -> None:
    job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.FINISH)
    engine.drop(str(job_parts.job().generation))
    job_parts.run()
    job = job_parts.job()
    assert (job.state, job.error_code) == ("failed", "index_missing")
    assert job.error is not None
    assert "was dropped while its job was going on" in job.error


def test_an_index_that_lost_products_does_not_go_live(
    job_parts: JobParts, engine: SearchEngine
) -> None:
    job_parts.stage()
    job_parts.run(until=lambda task: task is TaskName.FINISH)
    engine.write(str(job_parts.job().generation), [ProductDelete("p001", 2**62)])
    job_parts.run()
    job = job_parts.job()
    assert (job.state, job.error_code) == ("failed", "verification_failed")
    assert engine.generations() == ()
