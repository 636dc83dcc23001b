"""Filters as masks over the rows of a snapshot."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from hybrid_search.engines.sqlite.columns import Mask
from hybrid_search.engines.sqlite.snapshot import Snapshot
from hybrid_search.errors import InvalidRequestError
from hybrid_search.query.fields import FIXED_FIELDS
from hybrid_search.query.filters import Filter, RangeFilter, value_text

_DAY_LENGTH = len("2024-01-31")


def filter_mask(snapshot: Snapshot, wanted: Filter) -> Mask:
    """Return which rows obey a filter.

    Raises:
        InvalidRequestError: a bound is no number, or no date for a date field.
    """
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
    is_date = FIXED_FIELDS.get(wanted.field) == "date"
    try:
        return {
            operator: _timestamp(str(bound), operator) if is_date else float(bound)
            for operator, bound in wanted.bounds.items()
        }
    except ValueError as error:
        needed = "an ISO 8601 date or time" if is_date else "a number"
        msg = f"cannot filter {wanted.field!r}: {error}; a bound must be {needed}"
        raise InvalidRequestError(msg) from error


def _timestamp(text: str, operator: str) -> float:
    """Return seconds since the epoch; a day without a time reaches to its end for lte and gt."""
    moment = datetime.fromisoformat(text)
    if len(text) <= _DAY_LENGTH and operator in {"lte", "gt"}:
        moment += timedelta(days=1) - timedelta(milliseconds=1)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
