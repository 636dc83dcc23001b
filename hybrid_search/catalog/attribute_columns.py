"""Columns that become free attributes: named ones, and whole families by their prefix."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import model_validator

from hybrid_search.catalog.casts import CASTS, CellType
from hybrid_search.catalog.columns import FromColumns, OneOrMore, Row, Table, present, split
from hybrid_search.catalog.number_format import NumberFormat
from hybrid_search.catalog.texts import listed


class Family(Table):
    """How the cells of a family of columns become values of attributes."""

    type: CellType | None = None
    separator: OneOrMore | None = None

    @model_validator(mode="before")
    @classmethod
    def _accept_a_bare_type(cls, data: object) -> object:
        return data if isinstance(data, Mapping) else {"type": data}

    def read(self, cell: object, numbers: NumberFormat) -> list[object]:
        """Return the values of one column, each of the type asked for."""
        return _cast(split(present(listed(cell)), self.separator), self.type, numbers)


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """A column of a family, and the attribute that it becomes."""

    attribute: str
    family: Family


class AttributeColumn(FromColumns):
    """Values of a free attribute, as they are or cast to a type."""

    type: CellType | None = None
    separator: OneOrMore | None = None

    def read(self, row: Row, numbers: NumberFormat, /) -> list[object]:
        """Return the values of all columns, each of the type asked for."""
        return _cast(split(self.cells(row), self.separator), self.type, numbers)


def _cast(cells: list[object], cell_type: CellType | None, numbers: NumberFormat) -> list[object]:
    if cell_type is None or not cells:
        return cells
    cast = CASTS[cell_type]
    return [cast(cell, numbers) for cell in cells]
