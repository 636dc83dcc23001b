"""CSV and TSV: a header, then one record for each product, which may span several lines."""

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hybrid_search.catalog.catalog_file import MAX_LINE_BYTES, Line
from hybrid_search.catalog.rejects import Reject
from hybrid_search.catalog.rows import NumberedRow, readable
from hybrid_search.catalog.texts import shown
from hybrid_search.errors import CatalogError

MAX_RECORD_BYTES = MAX_LINE_BYTES

_REASONS = {
    "unexpected end of data": "has a quote that is never closed; close it, or double it in a cell",
}
_USUAL_DELIMITERS = (";", "\t", ",", "|")


def table_rows(
    lines: Iterable[Line],
    *,
    name: str,
    delimiter: str,
    check_columns: Callable[[Sequence[str], str], None],
) -> Iterator[NumberedRow | Reject]:
    """Yield the cells of every record by the header's column, or why they cannot be read.

    A record that cannot be read costs its first line only: reading goes on with the next line,
    so that a quote that is never closed does not swallow the rest of the file.

    Args:
        lines: of the whole file.
        name: of the file, for messages.
        delimiter: between cells.
        check_columns: raises for a header, and a file name, that it does not want.

    Raises:
        CatalogError: there is no readable header, or `check_columns` refuses it.
    """
    records = _records(lines, delimiter)
    header = _header(next(records, None), delimiter, name)
    check_columns(header, name)
    for record in records:
        yield record if isinstance(record, Reject) else _row(record, header, delimiter)


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    raw: str
    cells: list[str]


def _header(record: _Record | Reject | None, delimiter: str, name: str) -> list[str]:
    if record is None:
        msg = f"{name} is empty; its first line must name the columns"
        raise CatalogError(msg)
    if isinstance(record, Reject):
        msg = f"{name} has no readable header: {record}"
        raise CatalogError(msg)
    header = [column.strip() for column in record.cells]
    other = next((mark for mark in _USUAL_DELIMITERS if mark in header[0]), None)
    if len(header) == 1 and other:
        msg = (
            f"{name} has the single column {shown(header[0])}, as read with {delimiter!r}; "
            f"write delimiter = {other!r} in [options] of a field map"
        )
        raise CatalogError(msg)
    return header


def _row(record: _Record, header: Sequence[str], delimiter: str) -> NumberedRow | Reject:
    if len(record.cells) != len(header):
        reason = (
            f"has {len(record.cells)} cells and the header {len(header)}; "
            f"put cells that contain {delimiter!r} in quotes"
        )
        return Reject(record.line, reason, record.raw)
    return NumberedRow(record.line, record.raw, dict(zip(header, record.cells, strict=True)))


def _records(lines: Iterable[Line], delimiter: str) -> Iterator[_Record | Reject]:
    # The limit is one for the whole process, so it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD_BYTES))
    source = iter(lines)
    given_back: deque[Line] = deque()
    while True:
        taken = _Taken(given_back, source)
        try:
            cells = next(csv.reader(taken.texts(), delimiter=delimiter, strict=True), None)
        except csv.Error as error:
            given_back.extendleft(reversed(taken.lines[1:]))
            yield taken.refusal(error)
            continue
        if cells is None:
            return
        if cells:
            yield taken.record(cells)


class _Taken:
    """The lines that one record takes."""

    def __init__(self, given_back: deque[Line], source: Iterator[Line]) -> None:
        self.lines: list[Line] = []
        self._given_back = given_back
        self._source = source
        self._is_utf_8 = True

    def texts(self) -> Iterator[str]:
        size = 0
        while size <= MAX_RECORD_BYTES and (line := self._next()):
            self.lines.append(line)
            size += len(line.data)
            if line.is_cut:
                msg = f"line {line.number} is longer than {MAX_LINE_BYTES} bytes"
                raise csv.Error(msg)
            yield self._decoded(line.data)

    def record(self, cells: list[str]) -> _Record | Reject:
        raw = "".join(readable(line) for line in self.lines).rstrip("\r\n")
        if not self._is_utf_8:
            return Reject(self.lines[0].number, "is not UTF-8; save the file as UTF-8", raw)
        return _Record(self.lines[0].number, raw, cells)

    def refusal(self, error: csv.Error) -> Reject:
        first = self.lines[0]
        reason = _REASONS.get(str(error), f"is not valid CSV: {error}; correct the line")
        return Reject(first.number, reason, readable(first).rstrip("\r\n"))

    def _next(self) -> Line | None:
        return self._given_back.popleft() if self._given_back else next(self._source, None)

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            self._is_utf_8 = False
            return data.decode("utf-8", errors="replace")
