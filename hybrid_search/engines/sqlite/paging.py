"""One page: totals, facets, and an ordered list."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import FacetRequest, FacetValue, Page, PagePlan, SortOrder
from hybrid_search.engines.sqlite import sqlite_queries as sql
from hybrid_search.engines.sqlite.columns import Mask, Numbers, Rows
from hybrid_search.engines.sqlite.documents import read_product
from hybrid_search.engines.sqlite.generations import GenerationTables
from hybrid_search.engines.sqlite.matching import Matcher, Selection
from hybrid_search.engines.sqlite.snapshot import Snapshot
from hybrid_search.errors import InvalidCursorError

DEFAULT_ORDER = SortOrder("popularity", is_descending=True)

Position = tuple[str | float | None, ...]

_TEXT_FIELDS = frozenset({"title"})
_BETWEEN = 0.5


def listed_page(tables: GenerationTables, matcher: Matcher, plan: PagePlan) -> Page:
    """Return the page of an ordered list, with totals and facets as far as they are wanted.

    Raises:
        InvalidCursorError: `after` is no position of such a list.
        EngineTimeoutError: the words were not looked up before the deadline.
    """
    snapshot, selection = matcher.snapshot, matcher.selection(plan.results)
    mask = selection.mask()
    rows: list[int] = []
    next_after: Position = ()
    if plan.limit:
        rows, next_after = list_rows(snapshot, mask, plan, plan.sort or DEFAULT_ORDER)
    found: dict[int, str] = dict(tables.select_of(sql.SELECT_DOCUMENTS_OF_ROWS, rows))
    products = tuple(read_product(found[row]) for row in rows)
    if not plan.is_counted:
        return Page(products, None, next_after=next_after)
    facets = {
        facet.field: count_facet(snapshot, selection, facet, is_collapsed=plan.is_collapsed)
        for facet in plan.facets
    }
    total = count_results(snapshot, mask, is_collapsed=plan.is_collapsed)
    return Page(products, total, facets, next_after)


def products_of_ids(tables: GenerationTables, product_ids: Sequence[str]) -> dict[str, Product]:
    """Return the products that exist, by id."""
    found = tables.select_of(sql.SELECT_DOCUMENTS_OF_IDS, product_ids)
    return {product_id: read_product(document) for product_id, document in found}


def count_results(snapshot: Snapshot, mask: Mask, *, is_collapsed: bool) -> int:
    """Return the number of rows in the mask, or of their groups."""
    if is_collapsed:
        return len(np.unique(snapshot.roster.groups[mask]))
    return int(np.count_nonzero(mask))


def count_facet(
    snapshot: Snapshot, selection: Selection, facet: FacetRequest, *, is_collapsed: bool
) -> tuple[FacetValue, ...]:
    """Return the values of a facet, most frequent first, equal counts by value.

    Filters of the facet's own field are left out, so that a count is the total after choosing
    that value alone.
    """
    mask = selection.mask(without_filters_of=facet.field)
    column = snapshot.columns[facet.field]
    counts = column.counts(mask, snapshot.roster.groups if is_collapsed else None)
    codes = np.flatnonzero(counts)
    if len(codes) > facet.size:
        least = np.partition(counts[codes], len(codes) - facet.size)[len(codes) - facet.size]
        codes = codes[counts[codes] >= least]
    texts = column.values.texts
    values = [FacetValue(texts[code], int(counts[code])) for code in codes.tolist()]
    values.sort(key=lambda value: (-value.count, value.value))
    return tuple(values[: facet.size])


def list_rows(
    snapshot: Snapshot, mask: Mask, plan: PagePlan, order: SortOrder
) -> tuple[list[int], Position]:
    """Return the rows of one page of an ordered list, and where the list goes on.

    Raises:
        InvalidCursorError: `after` is no position of such a list.
    """
    keys = _sort_keys(snapshot, order)
    ranks = snapshot.roster.ranks
    rows = np.flatnonzero(mask)
    rows = rows[np.lexsort((ranks[rows], keys.by_row[rows]))]
    if plan.is_collapsed:
        _, firsts = np.unique(snapshot.roster.groups[rows], return_index=True)
        rows = rows[np.sort(firsts)]
    if plan.after:
        key, rank = _former(snapshot, keys, plan.after)
        rows = rows[_is_after(keys.by_row[rows], ranks[rows], key, rank)]
    page = rows[: plan.limit].tolist()
    if not page or len(page) == len(rows):
        return page, ()
    return page, (keys.value_of(page[-1]), snapshot.roster.ids[page[-1]])


@dataclass(frozen=True, slots=True)
class _SortKeys:
    """Numbers that sort as the field does, ascending; NaN, which sorts last, without the field.

    Attributes:
        key_of: from a position's value to its key, which may be of no product any more.
        value_of: from a row to its value for a position.
    """

    by_row: Numbers
    key_of: Callable[[str | float], float]
    value_of: Callable[[int], str | float | None]


def _sort_keys(snapshot: Snapshot, order: SortOrder) -> _SortKeys:
    sign = -1.0 if order.is_descending else 1.0
    if order.field == "id":
        return _id_keys(snapshot, sign)
    column, size = snapshot.columns[order.field], snapshot.roster.size
    if order.field in _TEXT_FIELDS:
        return _text_keys(*column.rank_by_row(size), sign)
    numbers = column.number_by_row(size)
    return _SortKeys(
        sign * numbers,
        key_of=lambda value: sign * float(value),
        value_of=lambda row: None if np.isnan(numbers[row]) else float(numbers[row]),
    )


def _id_keys(snapshot: Snapshot, sign: float) -> _SortKeys:
    return _SortKeys(
        sign * snapshot.roster.ranks.astype(np.float64),
        key_of=lambda value: sign * snapshot.roster.rank_of(str(value)),
        value_of=lambda row: snapshot.roster.ids[row],
    )


def _text_keys(places: Numbers, texts: Sequence[str], sign: float) -> _SortKeys:
    return _SortKeys(
        sign * places,
        key_of=lambda value: sign * _place(texts, str(value)),
        value_of=lambda row: None if np.isnan(places[row]) else texts[int(places[row])],
    )


def _former(snapshot: Snapshot, keys: _SortKeys, after: Position) -> tuple[float, float]:
    """Return key and rank of the former page's last product."""
    try:
        value, product_id = after
        key = np.nan if value is None else keys.key_of(value)
    except ValueError as error:
        msg = f"{after!r} is no position in this list; begin at its first page"
        raise InvalidCursorError(msg) from error
    return key, snapshot.roster.rank_of(str(product_id))


def _is_after(keys: Numbers, ranks: Rows, key: float, rank: float) -> Mask:
    is_lacking = np.isnan(keys)
    is_equal = is_lacking if np.isnan(key) else keys == key
    is_greater = np.zeros_like(is_lacking) if np.isnan(key) else is_lacking | (keys > key)
    after: Mask = is_greater | (is_equal & (ranks > rank))
    return after


def _place(texts: Sequence[str], text: str) -> float:
    """Return the place of a text; between its neighbours when it is not there."""
    place = bisect_left(texts, text)
    return place if place < len(texts) and texts[place] == text else place - _BETWEEN
