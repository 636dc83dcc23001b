"""Filters as masks over the rows of a snapshot."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from hybrid_search.engines.sqlite.columns import Mask
from hybrid_search.engines.sqlite.snapshot import Snapshot
from hybrid_search.query.filters import Filter, RangeFilter, value_text


def filter_mask(snapshot: Snapshot, wanted: Filter) -> Mask:
    """Return which rows obey a filter."""
    column, size = snapshot.columns[wanted.field], snapshot.roster.size
    if isinstance(wanted, RangeFilter):
        return column.within(_numbers(wanted), size)
    return column.having_any(map(value_text, wanted.values), size)


def any_filter_mask(snapshot: Snapshot, filters: tuple[Filter, ...]) -> Mask:
    """Return which rows obey at least one of the filters."""
    mask: Mask = np.zeros(snapshot.roster.size, dtype=np.bool_)
    for wanted in filters:
        mask |= filter_mask(snapshot, wanted)
    return mask


def _numbers(wanted: RangeFilter) -> Mapping[str, float]:
    """Return the bounds as columns hold their values: a time as seconds since the epoch."""
    return {
        operator: datetime.fromisoformat(bound).timestamp() if isinstance(bound, str) else bound
        for operator, bound in wanted.bounds.items()
    }
