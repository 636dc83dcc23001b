"""Reading a catalogue file: products one by one, bad lines aside, in bounded memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path

from hybrid_search.catalog.catalog_file import PACKED_ENDING, CatalogFile
from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.record import parse_product
from hybrid_search.catalog.rejects import Reject, Rejects, RejectsFile
from hybrid_search.catalog.rows import NumberedRow, json_rows
from hybrid_search.catalog.seen_ids import SeenIds
from hybrid_search.catalog.table_rows import table_rows
from hybrid_search.errors import CatalogError, InvalidProductError

Rows = Iterator[NumberedRow | Reject]

ESTIMATED_FROM = 2000


class CatalogReader(Iterator[Product]):
    """The products of one catalogue file, in its order; can be gone through once.

    A line that does not become a product goes to the rejects and reading goes on. Of several
    products with one id the first counts. A line longer than 16 MiB is a bad line. What is kept
    in memory does not grow with the file: ids that were seen spill to the temporary folder.
    """

    def __init__(
        self, file: CatalogFile, rows: Rows, field_map: FieldMap, rejects: Rejects
    ) -> None:
        self._file = file
        self._rows = rows
        self._field_map = field_map
        self._rejects = rejects
        self._products = self._read()

    @property
    def bytes_total(self) -> int:
        """Size of the file on the disk, packed if it is."""
        return self._file.bytes_total

    @property
    def bytes_read(self) -> int:
        """How much of `bytes_total` has been read; equal to it at the end."""
        return self._file.bytes_read

    def __next__(self) -> Product:
        """Return the next product.

        Raises:
            CatalogError: the file cannot be read any further; every product that could be read
                was returned before. The text says how far reading came.
        """
        return next(self._products)

    def _read(self) -> Iterator[Product]:
        with SeenIds() as seen_ids:
            for entry in self._rows:
                read = self._product(entry, seen_ids) if isinstance(entry, NumberedRow) else entry
                if isinstance(read, Product):
                    yield read
                else:
                    self._rejects.add(read)

    def _product(self, row: NumberedRow, seen_ids: SeenIds) -> Product | Reject:
        try:
            product = parse_product(self._field_map.apply(row.row))
        except InvalidProductError as error:
            return Reject(row.line, str(error), row.raw, self._field_map.product_id(row.row))
        first_line = seen_ids.first_line(product.id, row.line)
        if first_line == row.line:
            return product
        reason = f"id: {product.id!r} is the product of line {first_line} already; keep one of them"
        return Reject(row.line, reason, row.raw, product.id)


def read_catalog(path: Path, field_map: FieldMap, *, rejects: Rejects) -> CatalogReader:
    """Return the products of a JSONL, CSV or TSV file, plain or packed by gzip.

    The name tells the format: `.jsonl`, `.ndjson`, `.csv` or `.tsv`, and `.gz` after it. Text is
    UTF-8, with or without a byte order mark. Bad lines go to `rejects`.

    Raises:
        CatalogError: the name has another ending, the file is not there, or bad lines would be
            written over it.
    """
    make_rows = _FORMATS.get(_ending(path))
    if make_rows is None:
        msg = f"{path} is no known kind of catalogue; name it {', '.join(_FORMATS)}, or add .gz"
        raise CatalogError(msg)
    file = CatalogFile(path)
    if isinstance(rejects, RejectsFile) and rejects.is_written_to(path):
        msg = f"rejects would be written over the catalogue {path}; name another rejects file"
        raise CatalogError(msg)
    return CatalogReader(file, make_rows(file, field_map), field_map, rejects)


def estimated(reader: CatalogReader) -> tuple[int, Iterable[Product]]:
    """Return about how many products the file has, and all of them, from its first ones."""
    first = list(islice(reader, ESTIMATED_FROM))
    if len(first) < ESTIMATED_FROM or not reader.bytes_read:
        return len(first), first
    return len(first) * reader.bytes_total // reader.bytes_read, chain(first, reader)


def _ending(path: Path) -> str:
    endings = [ending.lower() for ending in path.suffixes]
    if endings and endings[-1] == PACKED_ENDING:
        endings.pop()
    return endings[-1] if endings else ""


def _json_rows(file: CatalogFile, _: FieldMap) -> Rows:
    return json_rows(file.lines())


def _table_rows(file: CatalogFile, field_map: FieldMap, *, delimiter: str) -> Rows:
    return table_rows(
        file.lines(),
        name=str(file.path),
        delimiter=field_map.delimiter or delimiter,
        check_columns=field_map.check_columns,
    )


_FORMATS: Mapping[str, Callable[[CatalogFile, FieldMap], Rows]] = {
    ".jsonl": _json_rows,
    ".ndjson": _json_rows,
    ".csv": partial(_table_rows, delimiter=","),
    ".tsv": partial(_table_rows, delimiter="\t"),
}
