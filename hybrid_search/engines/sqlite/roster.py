"""Which products a generation has: their ids, groups and the order of their ids."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hybrid_search.engines.sqlite.columns import Mask, Rows, ValueCodes

ProductRow = tuple[int, str, str, int]
"""Row, id, group id, and whether the product is deleted."""

_SORT_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Roster:
    """Products by row; rows begin at 1 and are never given to another product.

    Attributes:
        groups: code of each row's group.
        order: rows by ascending id.
        ranks: place of each row in `order`.
    """

    ids: list[str]
    is_present: Mask
    groups: Rows
    group_names: ValueCodes
    order: Rows
    ranks: Rows

    @classmethod
    def empty(cls) -> "Roster":
        """Return the roster of a generation without products."""
        nothing = np.empty(0, dtype=np.int64)
        return cls(
            [""], np.zeros(1, np.bool_), np.zeros(1, np.int64), ValueCodes(), nothing, nothing
        )

    @property
    def size(self) -> int:
        """One more than the greatest row."""
        return len(self.ids)

    def updated(self, changed: Iterable[ProductRow]) -> "Roster":
        """Return the roster after some rows, in ascending order, are new or changed."""
        listed = list(changed)
        new_ids = [product_id for row, product_id, _, _ in listed if row >= self.size]
        ids = [*self.ids, *new_ids] if new_ids else self.ids
        is_present = np.resize(self.is_present, len(ids))
        groups = np.resize(self.groups, len(ids))
        rows = [row for row, _, _, _ in listed]
        is_present[rows] = [not is_deleted for _, _, _, is_deleted in listed]
        groups[rows] = self.group_names.add(group_id for _, _, group_id, _ in listed)
        order, ranks = self.order, self.ranks
        if new_ids:
            order = _with_new(order, ids, self.size)
            ranks = np.empty(len(ids), dtype=np.int64)
            ranks[order] = np.arange(len(order))
        return Roster(ids, is_present, groups, self.group_names, order, ranks)

    def rank_of(self, product_id: str) -> float:
        """Return the place of an id in `order`; between its neighbours when nobody has it."""
        place = bisect_left(self.order, product_id, key=self.ids.__getitem__)
        is_known = place < len(self.order) and self.ids[self.order[place]] == product_id
        return place if is_known else place - 0.5


def _with_new(order: Rows, ids: list[str], first: int) -> Rows:
    """Return the rows by id, with those from `first` on added."""
    new = sorted(range(first, len(ids)), key=ids.__getitem__)
    if len(new) > _SORT_SHARE * len(ids):
        return np.array(sorted(range(1, len(ids)), key=ids.__getitem__), dtype=np.int64)
    places = [bisect_left(order, ids[row], key=ids.__getitem__) for row in new]
    return np.insert(order, places, new)
