"""Columns of a shop's own file: where the value of a product's field comes from.

Each class is what one kind of field takes in a field map, and reads that field. Reading raises
`ValueError` with what was wrong, the value, and what to do.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from hybrid_search.catalog.casts import cell_text, plain_number
from hybrid_search.catalog.number_format import NumberFormat
from hybrid_search.catalog.texts import is_missing, listed, shown

Row = Mapping[str, object]

NotEmpty = Annotated[str, Field(min_length=1)]
OneOrMore = Annotated[
    tuple[NotEmpty, ...],
    BeforeValidator(lambda value: tuple(listed(value))),
    Field(min_length=1),
]


class Table(BaseModel):
    """A table of a field map."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Column(Table, ABC):
    """What a field map says about one field."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that are read."""
        return ()

    @abstractmethod
    def read(self, row: Row, numbers: NumberFormat, /) -> object:
        """Return the field's value in canonical form, or something that is missing."""


class Constant(Column):
    """The same value for every product."""

    value: object

    def read(self, _row: Row, _numbers: NumberFormat, /) -> object:
        """Return the constant."""
        return self.value


class FromColumns(Column):
    """A field that comes from one column or from several."""

    columns: OneOrMore = Field(alias="from")

    @model_validator(mode="before")
    @classmethod
    def _accept_bare_names(cls, data: object) -> object:
        return data if isinstance(data, Mapping) else {"from": data}

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that are read."""
        return self.columns

    def cells(self, row: Row) -> list[object]:
        """Return what the columns hold, without missing cells."""
        return [cell for column in self.columns for cell in present(listed(row.get(column)))]


class _FromOneColumn(FromColumns):
    @field_validator("columns")
    @classmethod
    def _is_one(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        if len(columns) > 1:
            msg = f"takes one column, not {len(columns)}"
            raise ValueError(msg)
        return columns


class TextColumn(FromColumns):
    """One text, from one column or from several that are joined."""

    join: str | None = None

    @model_validator(mode="after")
    def _joins_several(self) -> Self:
        if len(self.columns) > 1 and self.join is None:
            msg = 'several columns become one text by a join; add join = " "'
            raise ValueError(msg)
        return self

    def read(self, row: Row, _: NumberFormat, /) -> object:
        """Return the text; cells that are missing are left out of a join."""
        if self.join is None:
            return row.get(self.columns[0])
        return self.join.join(cell_text(cell) for cell in self.cells(row))


class ListColumn(FromColumns):
    """Several values, from the lists or texts of one or several columns."""

    separator: OneOrMore | None = None

    def read(self, row: Row, _: NumberFormat, /) -> object:
        """Return the values of all columns, one after the other."""
        if len(self.columns) == 1 and self.separator is None:
            return row.get(self.columns[0])
        return split(self.cells(row), self.separator)


class NumberColumn(_FromOneColumn):
    """One number."""

    def read(self, row: Row, numbers: NumberFormat, /) -> object:
        """Return the number, or its text with a decimal point."""
        cell = row.get(self.columns[0])
        return None if is_missing(cell) else plain_number(cell, numbers)


class PriceColumn(NumberColumn):
    """A price in major units (12.95) or in minor ones (1295)."""

    unit: Literal["major", "minor"] = "major"


class TimeColumn(_FromOneColumn):
    """A point in time, in ISO 8601 or in a format of `datetime.strptime`."""

    format: NotEmpty | None = None

    @field_validator("format")
    @classmethod
    def _can_be_read(cls, time_format: str) -> str:
        try:
            example = datetime(2001, 2, 3, tzinfo=UTC).strftime(time_format)
            datetime.strptime(example, time_format)
        except (ValueError, re.error) as error:
            msg = f"{shown(time_format)} is no time format ({error}); write one such as '%d.%m.%Y'"
            raise ValueError(msg) from error
        return time_format

    def read(self, row: Row, _: NumberFormat, /) -> object:
        """Return the time in ISO 8601."""
        cell = row.get(self.columns[0])
        if is_missing(cell) or self.format is None:
            return cell
        try:
            return datetime.strptime(cell_text(cell), self.format).isoformat()
        except ValueError as error:
            msg = f"{shown(cell)} does not have the format {self.format!r}; correct either"
            raise ValueError(msg) from error


def present(cells: Iterable[object]) -> list[object]:
    """Return the cells that are not missing."""
    return [cell for cell in cells if not is_missing(cell)]


def split(cells: list[object], separators: tuple[str, ...] | None) -> list[object]:
    """Return the parts of texts at any of the separators, and what is no text as it is."""
    if separators is None:
        return cells
    longest_first = sorted(separators, key=len, reverse=True)
    pattern = "|".join(map(re.escape, longest_first))
    parts: list[object] = []
    for cell in cells:
        parts.extend(re.split(pattern, cell) if isinstance(cell, str) else [cell])
    return present(parts)
