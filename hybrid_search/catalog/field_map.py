"""A field map: which columns of a shop's own file become which fields of a product.

It is a TOML file. A field is given the name of its column, or a table that says more:

    [fields]
    id = "sku"
    title = { from = ["brand", "name"], join = " " }
    color = { from = "colours", separator = "/" }
    category = { from = "path", separator = ">" }
    price = { from = "price_cents", unit = "minor" }
    currency = { value = "EUR" }
    sizes = { from = "stock", separator = ";", stock_separator = ":" }
    updated_at = { from = "changed", format = "%d.%m.%Y" }

    [attributes]
    weight = { from = "weight_g", type = "number" }

    [attributes.prefixes]
    "spec_" = "text"

    [options]
    decimal_separator = ","
    thousands_separator = "."
    delimiter = ";"

A whole family of columns becomes attributes by its prefix: `spec_fit` becomes `fit`. A column
that a field or an attribute names is not repeated by a prefix; of two prefixes that fit, the
longer one counts. Columns that nothing names are ignored.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hybrid_search.catalog.attribute_columns import FamilyMember
from hybrid_search.catalog.columns import Column, Constant, PriceColumn, Row, TextColumn
from hybrid_search.catalog.field_map_file import FieldMapTables, read_field_map_file
from hybrid_search.catalog.number_format import NumberFormat
from hybrid_search.catalog.record import unknown_fields
from hybrid_search.catalog.texts import identifier, is_missing, listed, shown
from hybrid_search.errors import CatalogError, InvalidProductError, suggestion


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Turns the rows of a shop's own file into canonical records.

    Attributes:
        name: the file it came from, for messages.
        tables: what the file says; None when rows are canonical records already.
    """

    name: str
    tables: FieldMapTables | None = None

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the field map of a TOML file.

        Raises:
            FieldMapError: the file cannot be used; the text names each fault with its path.
        """
        return cls(str(path), read_field_map_file(path))

    @classmethod
    def identity(cls) -> Self:
        """Return the field map of files whose columns have the names of product fields."""
        return cls("none")

    @property
    def delimiter(self) -> str | None:
        """What stands between the cells of a CSV or TSV file, if the map says so."""
        return self.tables.options.delimiter if self.tables else None

    def apply(self, row: Row) -> Row:
        """Return the canonical record of a row; cells that are missing are left out.

        Raises:
            InvalidProductError: cells cannot be read; names every one with its field, its
                column, the value and what to do, joined by "; ".
        """
        if self.tables is None:
            return row
        reading = _Reading(row, self.tables)
        record = reading.record()
        if reading.problems:
            raise InvalidProductError("; ".join(reading.problems))
        return record

    def product_id(self, row: Row) -> str | None:
        """Return the product id of a row that may be bad otherwise, if it has a readable one."""
        try:
            value = self._id_column.read(row, NumberFormat())
            return identifier(value) or None
        except ValueError:
            return None

    def check_columns(self, columns: Sequence[str], file_name: str) -> None:
        """Refuse a file with these columns if the map cannot be meant for it.

        Raises:
            CatalogError: a column that the map names is not there, or, without a map, a column
                is no product field; a column that is there twice.
        """
        problems = [
            f"the column {shown(name)} is there {times} times; rename it"
            for name, times in Counter(columns).items()
            if name and times > 1
        ]
        problems.extend(self._unmet(columns))
        if problems:
            raise CatalogError(f"{file_name}: {'; '.join(problems)}")

    @property
    def _id_column(self) -> Column:
        return self.tables.fields["id"] if self.tables else _CANONICAL_ID

    def _unmet(self, columns: Sequence[str]) -> list[str]:
        if self.tables is None:
            return unknown_fields(columns)
        return [
            f"there is no column {shown(name)}, which field map {self.name} names"
            f"{suggestion(name, columns)}"
            for name in sorted(self.tables.sources - set(columns))
        ]


_CANONICAL_ID = TextColumn.model_validate("id")


class _Reading:
    """Reads one row and gathers what is wrong with it."""

    def __init__(self, row: Row, tables: FieldMapTables) -> None:
        self.problems: list[str] = []
        self._row = row
        self._tables = tables

    def record(self) -> Row:
        record = self._fields()
        if attributes := self._attributes():
            record["attributes"] = attributes
        return record

    def _fields(self) -> dict[str, object]:
        record = {}
        for name, column in self._tables.fields.items():
            value = self._read(name, column)
            if not is_missing(value):
                record[_record_field(name, column)] = value
        is_constant = isinstance(self._tables.fields.get("currency"), Constant)
        if is_constant and "price" not in record and "price_minor" not in record:
            record.pop("currency", None)
        return record

    def _attributes(self) -> dict[str, list[object]]:
        found: dict[str, list[object]] = defaultdict(list)
        for name, column in self._tables.attributes.items():
            found[name].extend(listed(self._read(f"attributes.{name}", column)))
        for source, cell in self._row.items():
            if member := self._tables.family_member(source):
                found[member.attribute].extend(self._read_member(member, source, cell))
        return {name: values for name, values in found.items() if values}

    def _read_member(self, member: FamilyMember, source: str, cell: object) -> list[object]:
        try:
            return member.family.read(cell, self._tables.numbers)
        except ValueError as error:
            self._add_problem(f"attributes.{member.attribute}", (source,), error)
            return []

    def _read(self, field: str, column: Column) -> object:
        try:
            return column.read(self._row, self._tables.numbers)
        except ValueError as error:
            self._add_problem(field, column.sources, error)
            return None

    def _add_problem(self, field: str, sources: Sequence[str], error: ValueError) -> None:
        columns = ", ".join(map(shown, sources))
        self.problems.append(f"{field} (from column {columns}): {error}")


def _record_field(name: str, column: Column) -> str:
    return "price_minor" if isinstance(column, PriceColumn) and column.unit == "minor" else name
