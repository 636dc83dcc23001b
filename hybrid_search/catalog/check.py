"""A first pass over a catalogue file that finds bad lines before anything is written."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.readers import CatalogReader, read_catalog
from hybrid_search.catalog.rejects import Reject, Rejects
from hybrid_search.errors import CatalogError


@dataclass(frozen=True, slots=True)
class CatalogCheck:
    """What a catalogue file holds.

    Attributes:
        products: lines that become products.
        rejected: lines that do not.
        first: the first rejected lines.
    """

    path: Path
    products: int
    rejected: int
    first: tuple[Reject, ...]

    def require_clean(self) -> None:
        """Refuse a file with bad lines.

        Raises:
            CatalogError: names the first bad lines and the number of all.
        """
        if not self.rejected:
            return
        more = self.rejected - len(self.first)
        listed = "\n".join(f"  {reject}" for reject in self.first)
        msg = (
            f"{self.path} has {self.rejected} bad lines beside {self.products} products; "
            f"nothing was written. Correct them, or read without strict:\n{listed}"
            f"{f'{chr(10)}  and {more} more' if more else ''}"
        )
        raise CatalogError(msg)


def check_catalog(
    path: Path,
    field_map: FieldMap,
    *,
    watch: Callable[[CatalogReader], Iterable[Product]] = iter,
) -> CatalogCheck:
    """Read a whole catalogue file and return what it holds, keeping no product.

    Args:
        path: as `read_catalog` takes it.
        field_map: as `read_catalog` takes it.
        watch: returns the products of the reader it is given, so that it can show progress.

    Raises:
        CatalogError: the file cannot be read to its end.
    """
    rejects = Rejects()
    reader = read_catalog(path, field_map, rejects=rejects)
    products = sum(1 for _ in watch(reader))
    return CatalogCheck(path, products, rejects.count, tuple(rejects.first))
