"""Values of one field for all products, as arrays of codes that NumPy counts and compares."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

EntryRow = tuple[int, str, float | None]
"""Row of the product, spelling of the value, and the value as a number if it is one."""

_COMPARE: Mapping[str, np.ufunc] = {
    "gte": np.greater_equal,
    "gt": np.greater,
    "lte": np.less_equal,
    "lt": np.less,
}


class ValueCodes:
    """Texts and their codes, shared by a column's older and newer states.

    A code is given once and never changes, so the arrays of older states stay true. Threads may
    read while others add: whoever sees a code finds its text.
    """

    def __init__(self) -> None:
        self._adding = threading.Lock()
        self._texts: list[str] = []
        self._codes: dict[str, int] = {}

    @property
    def texts(self) -> Sequence[str]:
        """The text of each code; it grows at its end while others read it."""
        return self._texts

    def add(self, texts: Iterable[str]) -> Rows:
        """Return the code of each text, a new one when it is met for the first time."""
        with self._adding:
            return np.array([self._add(text) for text in texts], dtype=np.int64)

    def known(self, texts: Iterable[str]) -> Rows:
        """Return the codes of those texts that have one."""
        codes = (self._codes.get(text) for text in texts)
        return np.array([code for code in codes if code is not None], dtype=np.int64)

    def _add(self, text: str) -> int:
        code = self._codes.get(text)
        if code is None:
            code = len(self._texts)
            # The text first: once others can look up the code, it stands for something.
            self._texts.append(text)
            self._codes[text] = code
        return code


@dataclass(frozen=True)
class Column:
    """Entries of one field, ordered by row.

    Attributes:
        rows: which product an entry belongs to.
        codes: which of the values it has.
        numbers: the value as a number, NaN for a text.
    """

    values: ValueCodes
    rows: Rows
    codes: Rows
    numbers: Numbers

    @classmethod
    def of(cls, entries: Iterable[EntryRow], values: ValueCodes | None = None) -> "Column":
        """Return the column of entries that are ordered by row."""
        values = ValueCodes() if values is None else values
        listed = list(entries)
        numbers = [np.nan if number is None else number for _, _, number in listed]
        return cls(
            values=values,
            rows=np.array([row for row, _, _ in listed], dtype=np.int64),
            codes=values.add(value for _, value, _ in listed),
            numbers=np.array(numbers, dtype=np.float64),
        )

    def updated(self, is_changed: Mask, entries: Iterable[EntryRow]) -> "Column":
        """Return the column with the entries of changed rows replaced."""
        kept = ~is_changed[self.rows]
        new = Column.of(entries, self.values)
        rows = np.concatenate([self.rows[kept], new.rows])
        order = np.argsort(rows, kind="stable")
        return Column(
            values=self.values,
            rows=rows[order],
            codes=np.concatenate([self.codes[kept], new.codes])[order],
            numbers=np.concatenate([self.numbers[kept], new.numbers])[order],
        )

    def having_any(self, values: Iterable[str], size: int) -> Mask:
        """Return which of `size` rows have one of the values."""
        return _mask(self.rows[np.isin(self.codes, self.values.known(values))], size)

    def within(self, bounds: Mapping[str, float], size: int) -> Mask:
        """Return which of `size` rows have a number within all bounds."""
        is_within = np.isfinite(self.numbers)
        for operator, bound in bounds.items():
            is_within &= _COMPARE[operator](self.numbers, bound)
        return _mask(self.rows[is_within], size)

    def counts(self, mask: Mask, groups: Rows | None = None) -> Rows:
        """Return for each value how many rows of the mask have it; with groups, how many groups."""
        is_in = mask[self.rows]
        codes = self.codes[is_in]
        if groups is not None:
            number = int(groups.max(initial=0)) + 1
            codes = np.unique(codes * number + groups[self.rows[is_in]]) // number
        return np.bincount(codes, minlength=len(self.values.texts))

    def values_of(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the values of each row, in the product's order."""
        texts = self.values.texts
        starts = np.searchsorted(self.rows, rows, side="left").tolist()
        ends = np.searchsorted(self.rows, rows, side="right").tolist()
        return [
            tuple(texts[code] for code in self.codes[start:end].tolist())
            for start, end in zip(starts, ends, strict=True)
        ]

    def number_by_row(self, size: int) -> Numbers:
        """Return the number of each of `size` rows, NaN where there is none."""
        numbers = np.full(size, np.nan)
        numbers[self.rows] = self.numbers
        return numbers

    def rank_by_row(self, size: int) -> tuple[Numbers, Sequence[str]]:
        """Return the place of each row's text among all texts, NaN without one, and the texts."""
        rank_of_code, in_order = self._ranks
        ranks = np.full(size, np.nan)
        ranks[self.rows] = rank_of_code[self.codes]
        return ranks, in_order

    @cached_property
    def _ranks(self) -> tuple[Numbers, Sequence[str]]:
        texts = list(self.values.texts)
        in_order = sorted(range(len(texts)), key=texts.__getitem__)
        rank_of_code = np.empty(len(texts))
        rank_of_code[in_order] = np.arange(len(texts))
        return rank_of_code, [texts[code] for code in in_order]


def _mask(rows: Rows, size: int) -> Mask:
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    return mask
