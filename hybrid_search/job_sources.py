"""Where the products of a job come from, when a worker reads them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hybrid_search.catalog.check import check_catalog
from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.readers import estimated, read_catalog
from hybrid_search.catalog.rejects import Rejects
from hybrid_search.engines.port import PagePlan, ResultSet, SearchEngine, SortOrder
from hybrid_search.errors import CatalogError, IndexMissingError
from hybrid_search.jobs.job import JobSource
from hybrid_search.pruning import live_or_none

PAGE_PRODUCTS = 1000


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source that is ready to be read.

    Attributes:
        estimated_products: about how many there are.
    """

    products: Iterable[Product]
    estimated_products: int


class JobSources:
    """Opens the catalogues of one folder, and the live index.

    Attributes:
        folder: of catalogues and field maps; None when files cannot be asked for.
    """

    def __init__(self, engine: SearchEngine, folder: Path | None) -> None:
        self._engine = engine
        self.folder = folder

    def check(self, source: JobSource) -> None:
        """Raise when a source can be refused without a look at it.

        Raises:
            CatalogError: a file is asked for, and there is no folder of catalogues, or the name
                leads out of it.
            IndexMissingError: the live index is asked for, and there is none.
        """
        if source.kind == "live":
            self._live_name()
        for name in filter(None, (source.file, source.fields)):
            self._path(name)

    def open(self, source: JobSource, rejects: Rejects) -> OpenSource:
        """Return the products of a source; bad lines of a file go to `rejects`.

        Raises:
            CatalogError: the file cannot be read, or has bad lines under strict reading.
            IndexMissingError: the live index is asked for, and there is none.
        """
        if source.kind == "live":
            name = self._live_name()
            self._engine.refresh(name)
            return OpenSource(live_products(self._engine, name), self._engine.count(name))
        path = self._path(source.file or "")
        field_map = FieldMap.load(self._path(source.fields)) if source.fields else None
        field_map = field_map or FieldMap.identity()
        if source.is_strict:
            check_catalog(path, field_map).require_clean()
        number, products = estimated(read_catalog(path, field_map, rejects=rejects))
        return OpenSource(products, number)

    def _live_name(self) -> str:
        live = live_or_none(self._engine)
        if live is None:
            msg = "there is no live index to take the products from; give a file"
            raise IndexMissingError(msg)
        return live.name

    def _path(self, name: str) -> Path:
        if self.folder is None:
            msg = (
                f"the file {name!r} cannot be read: there is no folder of catalogues; set "
                "HYBRID_SEARCH_CATALOG_FOLDER"
            )
            raise CatalogError(msg)
        folder = self.folder.resolve()
        path = folder if "\0" in name else (folder / name).resolve()
        # Absolute paths, `..` and links that lead elsewhere all end here.
        if not path.is_relative_to(folder) or path == folder:
            msg = f"{name!r} is no file within the folder of catalogues; give a name inside of it"
            raise CatalogError(msg)
        return path


def live_products(engine: SearchEngine, name: str) -> Iterator[Product]:
    """Yield the products of a generation, by their ids.

    The id of a product never changes, so updates in between make none come twice or get lost.
    """
    plan = PagePlan(ResultSet(), sort=SortOrder("id", is_descending=False), limit=PAGE_PRODUCTS)
    while True:
        page = engine.page(name, plan)
        yield from page.products
        if not page.next_after:
            return
        plan = PagePlan(ResultSet(), sort=plan.sort, limit=plan.limit, after=page.next_after)
