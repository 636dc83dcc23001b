import gzip
from pathlib import Path

import pytest

from hybrid_search.catalog import catalog_file
from hybrid_search.catalog.catalog_file import CatalogFile
from hybrid_search.errors import CatalogError


def written(folder: Path, name: str, data: bytes) -> CatalogFile:
    path = folder / name
    path.write_bytes(data)
    return CatalogFile(path)


def test_lines_are_numbered_from_1(tmp_path: Path) -> None:
    lines = list(written(tmp_path, "a.csv", b"a\r\n\nb").lines())
    assert [(line.number, line.data) for line in lines] == [(1, b"a\r\n"), (2, b"\n"), (3, b"b")]


def test_a_byte_order_mark_is_taken_off_the_first_line_only(tmp_path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    lines = list(written(tmp_path, "a.csv", mark + b"a\n" + mark + b"b").lines())
    assert [line.data for line in lines] == [b"a\n", mark + b"b"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_refused(tmp_path: Path, encoding: str) -> None:
    file = written(tmp_path, "a.csv", "\ufeffid,title\n".encode(encoding))
    with pytest.raises(CatalogError, match="is UTF-16; save it as UTF-8"):
        list(file.lines())


def test_packed_files_are_unpacked_member_by_member(tmp_path: Path) -> None:
    data = gzip.compress(b"a\nb") + gzip.compress(b"c\n")
    lines = list(written(tmp_path, "a.csv.GZ", data).lines())
    assert [line.data for line in lines] == [b"a\n", b"bc\n"]


def test_the_lines_before_a_cut_are_read(tmp_path: Path) -> None:
    rows = [f"{n:08x}{n * 7919 % 100_003:08x}\n".encode() for n in range(20_000)]
    packed = gzip.compress(b"".join(rows))
    file = written(tmp_path, "a.csv.gz", packed[: len(packed) // 2])
    read: list[bytes] = []
    with pytest.raises(CatalogError) as caught:
        read.extend(line.data for line in file.lines())
    assert len(read) > 1000
    assert read == rows[: len(read)]
    assert f"ends in the middle of its packed data: {len(read)} lines could be read" in str(
        caught.value
    )


def test_what_is_not_packed_is_refused_under_a_packed_name(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"is not valid gzip .*: 0 lines could be read"):
        list(written(tmp_path, "a.csv.gz", b"id,title\n").lines())


def test_damaged_packed_data_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"a\n" * 1000))
    packed[12:20] = b"\xff" * 8
    with pytest.raises(CatalogError, match="is not valid gzip"):
        list(written(tmp_path, "a.csv.gz", bytes(packed)).lines())


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_progress_counts_bytes_on_the_disk(tmp_path: Path, name: str) -> None:
    plain = b"".join(b"%d,%d\n" % (n, n * n) for n in range(100_000))
    file = written(tmp_path, name, gzip.compress(plain) if name.endswith("gz") else plain)
    assert file.bytes_read == 0
    seen = [file.bytes_read for _ in file.lines()]
    assert seen == sorted(seen)
    assert 0 < seen[len(seen) // 2] < file.bytes_total == (tmp_path / name).stat().st_size
    assert file.bytes_read == file.bytes_total


def test_a_packed_file_without_lines_is_read_to_its_end(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv.gz", gzip.compress(b""))
    assert list(file.lines()) == []
    assert file.bytes_read == file.bytes_total > 0


def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_file, "MAX_LINE_BYTES", 10)
    file = written(tmp_path, "a.csv", b"0123456789ab\n012345678\n" + b"x" * 35)
    lines = [(line.number, line.data, line.is_cut) for line in file.lines()]
    assert lines == [
        (1, b"0123456789", True),
        (2, b"012345678\n", False),
        (3, b"x" * 10, True),
    ]


def test_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"cannot read .*none\.csv: No such file.*check its"):
        CatalogFile(tmp_path / "none.csv")
    with pytest.raises(CatalogError, match="is no regular file"):
        CatalogFile(tmp_path)


def test_a_file_that_vanishes_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", b"a\n")
    file.path.unlink()
    with pytest.raises(CatalogError, match=r"cannot read .*: No such file"):
        list(file.lines())
