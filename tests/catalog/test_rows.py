import pytest

from hybrid_search.catalog.catalog_file import Line
from hybrid_search.catalog.rejects import Reject
from hybrid_search.catalog.rows import NumberedRow, json_rows


def row_or_reason(data: bytes) -> object:
    entries = list(json_rows([Line(7, data)]))
    assert len(entries) == 1
    entry = entries[0]
    assert isinstance(entry, NumberedRow | Reject)
    if isinstance(entry, NumberedRow):
        assert (entry.line, entry.raw) == (7, data.decode().rstrip("\n"))
        return entry.row
    assert entry.line == 7
    return entry.reason


def test_an_object_is_a_row() -> None:
    assert row_or_reason('{"id": 1, "title": "Kleid für"}\n'.encode()) == {
        "id": 1,
        "title": "Kleid für",
    }


def test_blank_lines_are_no_rows() -> None:
    assert list(json_rows([Line(1, b"\n"), Line(2, b" \r\n"), Line(3, b"")])) == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"id": 1,}', "is not valid JSON: Expecting property name"),
        (b'{"id": 1', "is not valid JSON: Expecting ',' delimiter at column 9; correct the line"),
        (b"[1, 2]", "[1, 2] is not an object; write one object a line, such as {'id': 'a1'}"),
        (b"null", "None is not an object"),
        (b'{"id": "\xff"}', "is not UTF-8 at byte 9; save the file as UTF-8"),
        (b'{"id": ' + b"1" * 5000 + b"}", "is not valid JSON: Exceeds the limit"),
        (b"[" * 100_000, "is nested too deeply; write one flat object a line"),
    ],
)
def test_lines_without_an_object_say_why(data: bytes, expected: str) -> None:
    assert str(row_or_reason(data)).startswith(expected)


def test_bytes_that_are_not_utf_8_are_kept_readable() -> None:
    (entry,) = json_rows([Line(1, b'{"id": "\xff"}\r\n')])
    assert entry.raw == '{"id": "\\xff"}'


def test_a_line_that_was_cut_is_refused() -> None:
    (entry,) = json_rows([Line(1, b"{" + b"x" * 5000, is_cut=True)])
    assert isinstance(entry, Reject)
    assert entry.reason == "is longer than 16777216 bytes; shorten it"
    assert len(entry.raw) == 1000
