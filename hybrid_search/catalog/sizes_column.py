"""Columns that become stock by size."""

from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import model_validator

from hybrid_search.catalog.casts import cell_text, plain_number
from hybrid_search.catalog.columns import FromColumns, NotEmpty, OneOrMore, Row, present, split
from hybrid_search.catalog.number_format import NumberFormat
from hybrid_search.catalog.texts import listed, shown


class SizesColumn(FromColumns):
    """Stock by size: `S;M`, `S:3;M:0`, or sizes in one column and their stock in another."""

    separator: OneOrMore | None = None
    stock_separator: NotEmpty | None = None
    stock_from: NotEmpty | None = None

    @model_validator(mode="after")
    def _has_one_source_of_stock(self) -> Self:
        if self.stock_separator and self.stock_from:
            msg = "stock_separator and stock_from exclude each other; leave one out"
            raise ValueError(msg)
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (*self.columns, self.stock_from) if self.stock_from else self.columns

    def read(self, row: Row, numbers: NumberFormat, /) -> object:
        """Return stock by size, or the names of the sizes where no stock is given."""
        cells = self.cells(row)
        if len(cells) == 1 and isinstance(cells[0], Mapping):
            return _stock_by_size(cells[0].items(), numbers)
        sizes = split(cells, self.separator)
        if self.stock_separator:
            return _stock_by_size([self._size_and_stock(size) for size in sizes], numbers)
        stocks = split(
            present(listed(row.get(self.stock_from)) if self.stock_from else []), self.separator
        )
        if not stocks:
            return sizes
        if len(sizes) != len(stocks):
            msg = f"has {len(sizes)} sizes and {len(stocks)} stocks; give one stock for each size"
            raise ValueError(msg)
        return _stock_by_size(zip(sizes, stocks, strict=True), numbers)

    def _size_and_stock(self, cell: object) -> tuple[object, object]:
        if not self.stock_separator or not isinstance(cell, str):
            return cell, 1
        size, separator, stock = cell.rpartition(self.stock_separator)
        return (size.strip(), stock) if separator else (cell, 1)


def _stock_by_size(pairs: Iterable[tuple[object, object]], numbers: NumberFormat) -> object:
    stocks: dict[str, object] = {}
    for size, stock in pairs:
        name = cell_text(size)
        if name in stocks:
            msg = f"the size {shown(name)} is there twice; correct its name"
            raise ValueError(msg)
        stocks[name] = plain_number(stock, numbers)
    return stocks
