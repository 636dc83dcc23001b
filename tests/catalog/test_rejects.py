import json
from pathlib import Path

import pytest

from hybrid_search.catalog.rejects import MAX_FIRST, Reject, Rejects, RejectsFile
from hybrid_search.errors import CatalogError


def test_the_first_rejects_are_remembered_and_all_are_counted() -> None:
    rejects = Rejects()
    for line in range(1, MAX_FIRST + 3):
        rejects.add(Reject(line, "is bad", "x"))
    assert rejects.count == MAX_FIRST + 2
    assert [reject.line for reject in rejects.first] == [*range(1, MAX_FIRST + 1)]
    assert str(rejects.first[0]) == "line 1: is bad"


def test_a_product_that_is_refused_after_reading_is_named_by_its_id() -> None:
    assert str(Reject(None, "is refused", "", "p1")) == "product p1: is refused"


def test_rejects_are_written_as_one_object_a_line(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with RejectsFile(path) as rejects:
        rejects.add(Reject(3, "title: is missing", '{"id": "ä"}\n', "ä"))
        rejects.add(Reject(4, "is no object", "[]"))
    text = path.read_text(encoding="utf-8")
    assert "ä" in text
    assert [json.loads(line) for line in text.splitlines()] == [
        {"line": 3, "id": "ä", "reason": "title: is missing", "record": '{"id": "ä"}\n'},
        {"line": 4, "id": None, "reason": "is no object", "record": "[]"},
    ]
    assert rejects.count == 2


def test_half_a_surrogate_pair_survives(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with RejectsFile(path) as rejects:
        rejects.add(Reject(1, "is bad", "\ud800 ä"))
    assert json.loads(path.read_bytes())["record"] == "\ud800 ä"


def test_the_file_appears_only_with_the_first_reject(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with RejectsFile(path):
        assert not path.exists()
    assert not path.exists()


def test_a_former_file_is_replaced_by_the_first_reject(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    path.write_text("old\n")
    with RejectsFile(path) as rejects:
        assert path.read_text() == "old\n"
        rejects.add(Reject(1, "is bad", "x"))
    assert len(path.read_text().splitlines()) == 1
    assert "old" not in path.read_text()


def test_a_file_that_cannot_be_written_is_a_catalog_error(tmp_path: Path) -> None:
    rejects = RejectsFile(tmp_path / "none" / "rejects.jsonl")
    with pytest.raises(CatalogError, match=r"cannot write rejected lines to .*: No such file"):
        rejects.add(Reject(1, "is bad", "x"))


def test_a_full_disk_is_a_catalog_error() -> None:
    rejects = RejectsFile(Path("/dev/full"))
    rejects.add(Reject(1, "is bad", "x"))
    with pytest.raises(CatalogError, match="No space left on device; name another rejects file"):
        rejects.close()
