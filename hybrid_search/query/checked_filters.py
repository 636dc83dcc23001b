"""Filters checked against the fields of an index, with values as every engine compares them."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time

from hybrid_search.catalog.texts import shown
from hybrid_search.errors import InvalidRequestError
from hybrid_search.query.fields import ATTRIBUTE_PREFIX, FieldCatalog, FieldType
from hybrid_search.query.filters import Filter, FilterValue, RangeFilter

_BOOLEANS: Mapping[FilterValue, bool] = {True: True, False: False, "true": True, "false": False}
_DAY_ENDS = {"lte", "gt"}
"""Bounds for which a date without a time means the end of its day."""


def checked_filters(filters: Iterable[Filter], catalog: FieldCatalog) -> tuple[Filter, ...]:
    """Return the filters with numbers and booleans as such, and dates as times in UTC.

    Times are in milliseconds, which is as fine as every engine compares them. A date
    without a time stands for its whole day: `gte` and `lt` take its start, `lte` and `gt` its end.

    Raises:
        UnknownFieldError: a field does not exist.
        InvalidRequestError: a field cannot be filtered that way, or by that value.
    """
    return tuple(_checked(wanted, catalog) for wanted in filters)


def _checked(wanted: Filter, catalog: FieldCatalog) -> Filter:
    kind = catalog.type_of(wanted.field, purpose="filter on")
    if isinstance(wanted, RangeFilter):
        return _checked_range(wanted, kind)
    if kind == "date":
        msg = f"filter.{wanted.field}: a date needs bounds, such as {{'gte': '2026-01-31'}}"
        raise InvalidRequestError(msg)
    convert = _CONVERSIONS.get(kind)
    if convert is None:
        return wanted
    return replace(wanted, values=tuple(convert(wanted.field, value) for value in wanted.values))


def _checked_range(wanted: RangeFilter, kind: FieldType) -> RangeFilter:
    if kind == "date":
        return RangeFilter(
            wanted.field,
            **{side: _time(wanted.field, side, bound) for side, bound in wanted.bounds.items()},
        )
    if kind != "number" and not wanted.field.startswith(ATTRIBUTE_PREFIX):
        msg = f"filter.{wanted.field}: takes values, not bounds; it is a {kind}"
        raise InvalidRequestError(msg)
    for operator, bound in wanted.bounds.items():
        if isinstance(bound, str):
            msg = f"filter.{wanted.field}.{operator}: {shown(bound)} is not a number"
            raise InvalidRequestError(msg)
    return wanted


def _number(field: str, value: FilterValue) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        msg = f"filter.{field}: {shown(value)} is not a number; give one, or bounds"
        raise InvalidRequestError(msg)
    return number


def _boolean(field: str, value: FilterValue) -> bool:
    known = None if isinstance(value, float) else _BOOLEANS.get(value)
    if known is None:
        msg = f"filter.{field}: {shown(value)} is neither true nor false"
        raise InvalidRequestError(msg)
    return known


_CONVERSIONS: Mapping[FieldType, Callable[[str, FilterValue], FilterValue]] = {
    "number": _number,
    "boolean": _boolean,
}


def _time(field: str, operator: str, bound: float | str) -> str:
    try:
        moment = _moment(str(bound), is_end=operator in _DAY_ENDS)
    except (ValueError, OverflowError) as error:
        msg = (
            f"filter.{field}.{operator}: {shown(bound)} is not an ISO 8601 date or time; "
            "write one such as '2026-01-31' or '2026-01-31T12:00:00Z'"
        )
        raise InvalidRequestError(msg) from error
    # Elasticsearch takes a time without a fraction for its whole second, and cuts finer ones.
    return moment.isoformat(timespec="milliseconds")


def _moment(text: str, *, is_end: bool) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return datetime.combine(day, time.max if is_end else time.min, UTC)
