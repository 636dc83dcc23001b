"""Judgments: how relevant people found products for a query (qrels), read from CSV."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hybrid_search.errors import JudgmentsError

COLUMNS = ("query", "product_id", "rating")
MAX_RATING = 1000.0

_HEADER = ",".join(COLUMNS)


@dataclass(frozen=True, slots=True)
class Judgments:
    """Ratings of products by query text.

    Attributes:
        ratings: by query, then by product id; 0 (judged irrelevant) to `MAX_RATING`. A product
            that is missing here was never judged.

    Raises:
        JudgmentsError: a rating is out of bounds.
    """

    ratings: Mapping[str, Mapping[str, float]]

    def __post_init__(self) -> None:
        for query, rated in self.ratings.items():
            for product_id, rating in rated.items():
                if not 0 <= rating <= MAX_RATING:
                    msg = f"rating {rating} of product {product_id!r} for query {query!r}"
                    raise JudgmentsError(f"{msg} is out of bounds; use {_bounds()}")

    @property
    def queries_with_relevant(self) -> tuple[str, ...]:
        """Queries with at least one product rated above 0, in the order of the ratings."""
        return tuple(query for query, rated in self.ratings.items() if any(rated.values()))

    @property
    def queries_without_relevant(self) -> tuple[str, ...]:
        """Queries whose rated products are all irrelevant; no ranking can do well on them."""
        return tuple(query for query, rated in self.ratings.items() if not any(rated.values()))


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    query: str
    product_id: str
    rating: float


def read_judgments(path: Path) -> Judgments:
    """Return the judgments of a CSV file in UTF-8 with the header `query,product_id,rating`.

    Other columns are ignored, blank lines are skipped, and white space around values is removed.

    Raises:
        JudgmentsError: the file cannot be read or a line cannot be used; names file and line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return parse_judgments(lines, source=str(path))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        msg = f"cannot read ratings {str(path)!r}: {reason}; give a CSV file with {_HEADER}"
        raise JudgmentsError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8: {error.reason} at byte {error.start}; save it as UTF-8"
        raise JudgmentsError(msg) from error


def parse_judgments(lines: Iterable[str], *, source: str) -> Judgments:
    """Return the judgments of the lines of a CSV; `source` is what messages call it.

    Raises:
        JudgmentsError: a line cannot be used, or the same product has two ratings for a query.
    """
    rows: dict[tuple[str, str], _Row] = {}
    for row in _read_rows(lines, source):
        former = rows.setdefault((row.query, row.product_id), row)
        if former.rating != row.rating:
            msg = (
                f"{source}, lines {former.line} and {row.line}: product {row.product_id!r} for "
                f"query {row.query!r} is rated {former.rating:g} and {row.rating:g}; keep one"
            )
            raise JudgmentsError(msg)
    if not rows:
        raise JudgmentsError(f"{source} has no ratings; add at least one line after {_HEADER}")
    ratings: dict[str, dict[str, float]] = {}
    for row in rows.values():
        ratings.setdefault(row.query, {})[row.product_id] = row.rating
    return Judgments(ratings)


def _read_rows(lines: Iterable[str], source: str) -> Iterator[_Row]:
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        positions = _find_columns(header, source)
        for values in reader:
            if values:
                where = f"{source}, line {reader.line_num}"
                if len(values) != len(header):
                    msg = (
                        f"{where}: {len(values)} values under a header of {len(header)}; write "
                        f"one for each column and put values with a comma in double quotes"
                    )
                    raise JudgmentsError(msg)
                texts = [values[position].strip() for position in positions]
                yield _parse_row(reader.line_num, texts, where)
    except csv.Error as error:
        msg = f"{source}, line {reader.line_num}: {error}; correct the quotes of this line"
        raise JudgmentsError(msg) from error


def _find_columns(header: list[str], source: str) -> list[int]:
    for column in COLUMNS:
        if column not in header:
            found = ",".join(header)
            msg = f"{source}, line 1: no column {column!r} in {found!r}"
            raise JudgmentsError(f"{msg}; the header needs {_HEADER}, separated by commas")
    return [header.index(column) for column in COLUMNS]


def _parse_row(line: int, texts: list[str], where: str) -> _Row:
    for column, text in zip(COLUMNS, texts, strict=True):
        if not text:
            raise JudgmentsError(f"{where}: {column} is empty; fill it in or remove the line")
    query, product_id, rating_text = texts
    try:
        rating = float(rating_text)
    except ValueError:
        rating = math.nan
    if not 0 <= rating <= MAX_RATING:
        raise JudgmentsError(f"{where}: rating {rating_text!r} cannot be used; use {_bounds()}")
    return _Row(line, query, product_id, rating)


def _bounds() -> str:
    return f"a number from 0 (irrelevant) to {MAX_RATING:g}"
