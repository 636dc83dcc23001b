"""`hybrid-search index --queue` where no broker is set: the tasks run in the command itself."""

import gzip
import json
from pathlib import Path

import pytest

from hybrid_search.cli.queued_index import follow
from hybrid_search.errors import DatabaseUnavailableError
from hybrid_search.jobs.job import Job
from hybrid_search.store.job_ledger import DatabaseJobLedger
from tests.cli.conftest import Command
from tests.cli.test_index import BAD_LINES
from tests.fashion_shop import CATALOG
from tests.job_parts import JobParts


def test_the_report_is_that_of_the_direct_way(
    command: Command, folder: Path, tiny_models: tuple[str, str]
) -> None:
    lines = (folder / "catalog.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "bad.jsonl").write_text("\n".join([*lines, *BAD_LINES]), encoding="utf-8")
    encoder = tiny_models[0]
    direct = command("index", "bad.jsonl", TEXT_ENCODER=encoder)
    rejects = Path("bad.jsonl.rejects.jsonl").read_text(encoding="utf-8")
    queued = command("index", "bad.jsonl", "--queue", TEXT_ENCODER=encoder)
    assert (queued.code, queued.err) == (direct.code, direct.err)
    assert queued.out.split()[1:] == direct.out.split()[1:]
    assert Path("bad.jsonl.rejects.jsonl").read_text(encoding="utf-8") == rejects
    live, former = command("indexes", "--json").data[::-1]
    assert {**live, "index": "", "created_at": ""} == {
        **former,
        "index": "",
        "created_at": "",
        "state": "live",
    }
    found = command("search", "red dress", "--json", "--explain", TEXT_ENCODER=encoder).data
    signals = {term["signal"] for hit in found["hits"] for term in hit["explanation"]["terms"]}
    assert signals == {"lexical", "text_vector"}


def test_a_job_leaves_its_counts_and_failures(command: Command, folder: Path) -> None:
    (folder / "bad.jsonl").write_text("\n".join(['{"id": "a", "title": "Red"}', *BAD_LINES[:2]]))
    assert command("index", "bad.jsonl", "--queue").code == 0
    (job,) = command("jobs", "list", "--json").data
    assert (job["state"], job["written"], job["rejected"]) == ("done", 1, 2)
    assert job["source"] == {
        "kind": "staged",
        "file": "bad.jsonl",
        "fields": None,
        "is_strict": False,
    }
    failures = command("jobs", "failures", job["id"], "--json").data
    assert [(one["kind"], one["line"], one["id"]) for one in failures] == [
        ("rejected", 2, None),
        ("rejected", 3, "untitled"),
    ]


@pytest.mark.parametrize(
    ("arguments", "message", "jobs"),
    [
        (["nowhere.jsonl"], "invalid_catalog: cannot read nowhere.jsonl: No such file", 0),
        (["catalog.pdf"], "catalog.pdf is no known kind of catalogue; name it .jsonl", 0),
        (["catalog.jsonl", "--rejects", "catalog.jsonl"], "written over the catalogue", 0),
        (["catalog.jsonl", "--fields", "nowhere.toml"], "invalid_field_map: cannot read", 0),
        (["catalog.jsonl", "--no-wait"], "invalid_settings: --no-wait needs workers", 0),
        (["bad.jsonl", "--strict"], "bad.jsonl has 1 bad lines beside 0 products", 0),
        (["empty.jsonl"], "verification_failed: the catalogue has no product", 1),
        (["cut.jsonl.gz"], "cut.jsonl.gz ends in the middle of its packed data", 1),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_indexed_is_refused_and_the_live_index_stays(
    indexed: Command, folder: Path, arguments: list[str], message: str, jobs: int
) -> None:
    (folder / "empty.jsonl").touch()
    (folder / "bad.jsonl").write_text("{")
    packed = gzip.compress((folder / "catalog.jsonl").read_bytes())
    (folder / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    before = indexed("indexes", "--json").data
    outcome = indexed("index", "--queue", *arguments)
    assert outcome.code == 1
    assert message in outcome.err
    assert outcome.out == ""
    assert indexed("indexes", "--json").data == before
    listed = indexed("jobs", "list", "--json").data
    assert [job["state"] for job in listed] == ["failed"] * jobs


def test_a_job_that_fails_prints_why(command: Command) -> None:
    outcome = command("index", "catalog.jsonl", "--queue", TEXT_ENCODER="onnx:nowhere")
    assert outcome.code == 1
    assert "job_failed: job " in outcome.err
    assert "nowhere" in outcome.err
    (job,) = command("jobs", "list", "--json").data
    assert (job["state"], job["error_code"]) == ("failed", "encoder_error")


def test_a_database_that_cannot_be_used_is_named(command: Command, folder: Path) -> None:
    (folder / "notes.txt").write_text("dear diary " * 100)
    outcome = command(
        "index", "catalog.jsonl", "--queue", DATABASE_URL=f"sqlite:///{folder}/notes.txt"
    )
    assert outcome.code == 1
    assert "database_error: database " in outcome.err


def test_following_waits_for_a_database_that_is_away_and_not_for_ever(
    job_parts: JobParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = job_parts.reindex()
    get = DatabaseJobLedger.get
    failures = [DatabaseUnavailableError("away")] * 3

    def moody(ledger: DatabaseJobLedger, job_id: str) -> Job:
        if failures:
            raise failures.pop()
        return get(ledger, job_id)

    monkeypatch.setattr("hybrid_search.cli.queued_index.LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(DatabaseJobLedger, "get", moody)
    shown: list[Job] = []
    assert follow(job_parts.jobs, done.id, shown.append) == done
    assert shown == [done]
    monkeypatch.setattr("hybrid_search.cli.queued_index.PATIENCE_S", 0.05)
    failures.extend([DatabaseUnavailableError("away")] * 100)
    with pytest.raises(DatabaseUnavailableError) as caught:
        follow(job_parts.jobs, done.id, shown.append)
    assert f"jobs show {done.id}" in caught.value.__notes__[0]


def test_chunks_of_a_larger_file_all_arrive(command: Command, folder: Path) -> None:
    lines = [json.dumps({"id": str(n), "title": f"Red dress {n}"}) for n in range(2300)]
    (folder / "large.jsonl").write_text("\n".join(lines))
    outcome = command("index", "large.jsonl", "--queue")
    assert outcome.code == 0
    assert "is live with 2300 products" in outcome.out
    (job,) = command("jobs", "list", "--json").data
    assert job["chunks"] == 5
    assert len(CATALOG) < 2300
