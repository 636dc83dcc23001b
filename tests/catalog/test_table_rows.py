import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.catalog import table_rows as table_rows_module
from hybrid_search.catalog.catalog_file import Line
from hybrid_search.catalog.rejects import Reject
from hybrid_search.catalog.rows import NumberedRow
from hybrid_search.catalog.table_rows import table_rows
from hybrid_search.errors import CatalogError

cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def accept(_columns: Sequence[str], _name: str) -> None:
    pass


def lines(data: bytes) -> list[Line]:
    return [Line(n, line) for n, line in enumerate(io.BytesIO(data), start=1)]


def read(data: bytes, delimiter: str = ",") -> list[NumberedRow | Reject]:
    return list(table_rows(lines(data), name="shop.csv", delimiter=delimiter, check_columns=accept))


def rows(data: bytes) -> list[dict[str, object]]:
    return [dict(entry.row) for entry in read(data) if isinstance(entry, NumberedRow)]


def rejects(data: bytes) -> list[tuple[int | None, str, str]]:
    found = [entry for entry in read(data) if isinstance(entry, Reject)]
    return [(entry.line, entry.reason, entry.raw) for entry in found]


def test_records_are_read_by_the_columns_of_the_header() -> None:
    assert rows(b"id, title \r\n1,Dress\r\n\r\n2,\r\n") == [
        {"id": "1", "title": "Dress"},
        {"id": "2", "title": ""},
    ]


def test_quoted_cells_may_hold_quotes_delimiters_and_line_ends() -> None:
    data = b'id,title\n1,"A ""red"",\r\n\nlong dress"\n2,Boots\n'
    first, second = read(data)
    assert isinstance(first, NumberedRow)
    assert first.row == {"id": "1", "title": 'A "red",\r\n\nlong dress'}
    assert first.raw == '1,"A ""red"",\r\n\nlong dress"'
    assert (first.line, second.line) == (2, 5)


@given(st.lists(st.tuples(cells, cells), max_size=5), st.sampled_from(",;\t|"))
def test_whatever_the_csv_module_writes_is_read_back(
    table: list[tuple[str, str]], delimiter: str
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "title"), *table])
    found = read(written.getvalue().encode(), delimiter)
    assert all(isinstance(entry, NumberedRow) for entry in found)
    assert [tuple(entry.row.values()) for entry in found if isinstance(entry, NumberedRow)] == table


@given(st.binary(max_size=60) | st.text('a",\n\r', max_size=60).map(str.encode))
def test_any_bytes_are_rows_and_rejects_or_a_catalog_error(data: bytes) -> None:
    try:
        found = read(b"id,title\n" + data)
    except CatalogError:
        return
    numbers = [entry.line or 0 for entry in found]
    assert numbers == sorted(set(numbers))
    assert 0 not in numbers


def test_a_record_with_another_number_of_cells_is_refused() -> None:
    assert rejects(b"id,title\n1\n2,a,b\n") == [
        (2, "has 1 cells and the header 2; put cells that contain ',' in quotes", "1"),
        (3, "has 3 cells and the header 2; put cells that contain ',' in quotes", "2,a,b"),
    ]


def test_a_quote_that_is_never_closed_costs_one_line() -> None:
    data = b'id,title\n1,"Dress\n2,Boots\n3,Hat\n'
    assert rows(data) == [{"id": "2", "title": "Boots"}, {"id": "3", "title": "Hat"}]
    reason = "has a quote that is never closed; close it, or double it in a cell"
    assert rejects(data) == [(2, reason, '1,"Dress')]


def test_a_record_that_is_too_long_is_given_up_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_rows_module, "MAX_RECORD_BYTES", 20)
    source = iter(lines(b'id,title\n1,"Dress\n' + b"2,Boots\n" * 10))
    entries = table_rows(source, name="shop.csv", delimiter=",", check_columns=accept)
    refused = next(entries)
    assert isinstance(refused, Reject)
    assert refused.line == 2
    assert len(list(source)) == 8
    assert [entry.line for entry in entries] == [3, 4]


def test_text_after_a_closing_quote_is_refused() -> None:
    data = b'id,title\n1,"5" pipe"\n2,Boots\n'
    assert rows(data) == [{"id": "2", "title": "Boots"}]
    assert rejects(data)[0][1].startswith("is not valid CSV: ',' expected after '\"'")


def test_a_quote_inside_a_cell_without_quotes_is_text() -> None:
    assert rows(b'id,title\n1,5" pipe\n') == [{"id": "1", "title": '5" pipe'}]


def test_bytes_that_are_not_utf_8_cost_their_record() -> None:
    data = b'id,title\n1,"\xff\nDress"\n2,Boots\n'
    assert rows(data) == [{"id": "2", "title": "Boots"}]
    assert rejects(data) == [(2, "is not UTF-8; save the file as UTF-8", '1,"\\xff\nDress"')]


def test_cells_above_the_usual_limit_of_the_csv_module_are_read() -> None:
    usual_limit = 2**17
    csv.field_size_limit(usual_limit)
    long = "x" * (2 * usual_limit)
    assert rows(f"id,title\n1,{long}\n2,Boots\n".encode())[0]["title"] == long


def test_a_line_that_was_cut_is_refused() -> None:
    entries = list(
        table_rows(
            [Line(1, b"id,title\n"), Line(2, b"1,xxx", is_cut=True), Line(3, b"2,Boots\n")],
            name="shop.csv",
            delimiter=",",
            check_columns=accept,
        )
    )
    assert [type(entry) for entry in entries] == [Reject, NumberedRow]
    assert "line 2 is longer than 16777216 bytes" in str(entries[0])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "shop.csv is empty; its first line must name the columns"),
        (b"\n\n", "shop.csv is empty"),
        (b'"id,title\n', "shop.csv has no readable header: line 1: has a quote that is never"),
        (b"\xffid\n", "shop.csv has no readable header: line 1: is not UTF-8"),
        (
            b"id;title;brand\n1;a;b\n",
            "shop.csv has the single column 'id;title;brand', as read with ','; write delimiter = ",
        ),
    ],
)
def test_a_file_without_a_readable_header_is_refused(data: bytes, expected: str) -> None:
    with pytest.raises(CatalogError) as caught:
        read(data)
    assert str(caught.value).startswith(expected)


def test_the_header_is_checked_before_the_first_record() -> None:
    def refuse(columns: Sequence[str], name: str) -> None:
        raise CatalogError(f"{name}: {columns}")

    entries = table_rows(
        lines(b"id,title\n1,a\n"), name="shop.csv", delimiter=",", check_columns=refuse
    )
    with pytest.raises(CatalogError, match=r"shop\.csv: \['id', 'title'\]"):
        next(entries)
