"""Values of a record's fields: raw JSON or text in, the product's own types out.

Every function raises `ValueError` with what was wrong, the value, and what to do.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from hybrid_search.catalog.number_format import (
    MAX_COUNT,
    MAX_PRICE,
    count,
    nearest_float,
    number_text,
    within,
)
from hybrid_search.catalog.product import AttributeValue
from hybrid_search.catalog.texts import is_missing, listed, one_text, shown

T = TypeVar("T")

LEVEL_SEPARATOR = ">"
"""Between the levels of a category that is written as one text."""

_CURRENCY = re.compile(r"[A-Z]{3}")


def optional(convert: Callable[[object], T]) -> Callable[[object], T | None]:
    """Return `convert` for values that may be missing or turn out empty; None stands for those."""

    def convert_optional(value: object) -> T | None:
        if is_missing(value):
            return None
        converted = convert(value)
        return None if converted == "" else converted

    return convert_optional


def required(convert: Callable[[object], str]) -> Callable[[object], str]:
    """Return `convert` for texts that may not be empty."""

    def convert_present(value: object) -> str:
        if text := convert(value):
            return text
        msg = f"{shown(value)} is empty; every product needs one"
        raise ValueError(msg)

    return convert_present


def category(value: object) -> tuple[str, ...]:
    """Return a path from the root, from a list of names or a text such as `Women > Dresses`."""
    if isinstance(value, str):
        return tuple(filter(None, map(one_text, value.split(LEVEL_SEPARATOR))))
    names = tuple(filter(None, map(one_text, listed(value))))
    for name in names:
        if f" {LEVEL_SEPARATOR} " in f" {name} ":
            msg = (
                f"the name {shown(name)} has a {LEVEL_SEPARATOR!r} in it, which separates levels; "
                "write a list with one name for each level"
            )
            raise ValueError(msg)
    return names


def sizes(value: object) -> dict[str, int]:
    """Return stock by size, from a mapping, a list of names or one name.

    A size that is listed without stock counts as one piece.
    """
    if not isinstance(value, Mapping):
        return {name: 1 for size in listed(value) if (name := _size_name(size))}
    stocks: dict[str, int] = {}
    for size, pieces in value.items():
        name = _new_name(_size_name(size), stocks)
        stocks[name] = 1 if is_missing(pieces) else _stock(name, pieces)
    return stocks


def price(value: object) -> Decimal:
    """Return a price in major units."""
    return within(value, MAX_PRICE)


def currency(value: object) -> str:
    """Return an ISO 4217 code: three upper-case letters."""
    if isinstance(value, str) and _CURRENCY.fullmatch(code := value.strip()):
        return code
    msg = f"{shown(value)} is not a currency code; write three upper-case letters, such as 'EUR'"
    raise ValueError(msg)


def popularity(value: object) -> float:
    """Return a number from 0 to `MAX_COUNT`."""
    return float(within(value, MAX_COUNT))


def timestamp(value: object) -> datetime:
    """Return a time in UTC, from ISO 8601; one without a zone is taken as UTC."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(one_text(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        msg = f"{shown(value)} is not a time; write ISO 8601, such as '2025-03-01T12:00:00Z'"
        raise ValueError(msg) from error


def attributes(value: object) -> dict[str, tuple[AttributeValue, ...]]:
    """Return the values by attribute, each once; attributes without a value are left out."""
    if is_missing(value):
        return {}
    if not isinstance(value, Mapping):
        msg = f"{shown(value)} is not an object; write one such as {{'fit': 'slim'}}"
        raise ValueError(msg)
    found: dict[str, tuple[AttributeValue, ...]] = {}
    problems = []
    for written, raw in value.items():
        try:
            name = _new_name(written, found)
            found[name] = _attribute_values(raw)
        except ValueError as error:
            problems.append(f"{shown(written)}: {error}")
    if problems:
        raise ValueError("; ".join(problems))
    return {name: kept for name, kept in found.items() if kept}


def _size_name(value: object) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return number_text(value)
    return one_text(value)


def _stock(name: str, pieces: object) -> int:
    try:
        return count(pieces)
    except ValueError as error:
        msg = f"the stock of {shown(name)}: {error}"
        raise ValueError(msg) from error


def _new_name(written: object, taken: Collection[str]) -> str:
    name = one_text(written)
    if not name or name in taken:
        msg = f"the name {shown(written)} is {'there twice' if name else 'empty'}; correct it"
        raise ValueError(msg)
    return name


def _attribute_values(raw: object) -> tuple[AttributeValue, ...]:
    converted = [_attribute_value(item) for item in listed(raw)]
    if len(converted) == 1:
        return () if converted[0] == "" else (converted[0],)
    # Keyed by type as well, because True, 1 and 1.0 are one key of a dict.
    return tuple({(type(value), value): value for value in converted if value != ""}.values())


def _attribute_value(item: object) -> AttributeValue:
    if isinstance(item, bool):
        return item
    if isinstance(item, int | float):
        return nearest_float(item)
    if item is None or isinstance(item, str):
        return one_text(item)
    msg = f"{shown(item)} is no value; write a text, a number, a boolean or a list of them"
    raise ValueError(msg)
