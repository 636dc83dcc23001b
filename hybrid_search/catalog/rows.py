"""Rows of a catalogue file, and JSON Lines: one object a line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hybrid_search.catalog.catalog_file import MAX_LINE_BYTES, Line
from hybrid_search.catalog.columns import Row
from hybrid_search.catalog.rejects import Reject
from hybrid_search.catalog.texts import shown

MAX_SHOWN_OF_CUT = 1000


@dataclass(frozen=True, slots=True)
class NumberedRow:
    """One row with its place in the file and its raw text."""

    line: int
    raw: str
    row: Row


def json_rows(lines: Iterable[Line]) -> Iterator[NumberedRow | Reject]:
    """Yield the object of every line that is not blank, or why there is none."""
    for line in lines:
        if line.is_cut:
            reason = f"is longer than {MAX_LINE_BYTES} bytes; shorten it"
            yield Reject(line.number, reason, readable(line))
        elif line.data.strip():
            yield _json_row(line)


def readable(line: Line) -> str:
    r"""Return a line as text, of a cut one the start; bytes that are not UTF-8 become `\xff`."""
    data = line.data[:MAX_SHOWN_OF_CUT] if line.is_cut else line.data
    return data.decode("utf-8", errors="backslashreplace")


def _json_row(line: Line) -> NumberedRow | Reject:
    raw = readable(line).rstrip("\r\n")
    try:
        row = json.loads(line.data.decode("utf-8"))
    except UnicodeDecodeError as error:
        reason = f"is not UTF-8 at byte {error.start + 1}; save the file as UTF-8"
    except json.JSONDecodeError as error:
        reason = f"is not valid JSON: {error.msg} at column {error.colno}; correct the line"
    except ValueError as error:
        reason = f"is not valid JSON: {error}; correct the line"
    except RecursionError:
        reason = "is nested too deeply; write one flat object a line"
    else:
        if isinstance(row, dict):
            return NumberedRow(line.number, raw, row)
        reason = f"{shown(row)} is not an object; write one object a line, such as {{'id': 'a1'}}"
    return Reject(line.number, reason, raw)
