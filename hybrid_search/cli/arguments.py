"""Short notations of the command line: `brand=X`, `price>=10`, `brand=X:1.3`, `price:asc`."""

import re
from collections.abc import Sequence
from typing import Any

from hybrid_search.errors import InvalidRequestError
from hybrid_search.query.fields import FIXED_FIELDS

_RANGES = {">=": "gte", ">": "gt", "<=": "lte", "<": "lt"}
_FILTER = re.compile(
    r"(?P<field>[^=<>]+)(?P<operator>(?>>=|<=|=|>|<))\s*(?P<value>\S.*)", re.DOTALL
)
_BOOST = re.compile(r"(?P<field>[^=]+)=(?P<value>.+):(?P<factor>[^:]+)", re.DOTALL)


def parse_filters(texts: Sequence[str]) -> dict[str, Any]:
    """Return the filter of a request; values given for one field are alternatives.

    Raises:
        InvalidRequestError: a text is not `FIELD=VALUE` or `FIELD>=NUMBER`.
    """
    filters: dict[str, Any] = {}
    for text in texts:
        match = _FILTER.fullmatch(text)
        if match is None:
            msg = f"--filter {text!r}: write FIELD=VALUE, or FIELD>=NUMBER (also <=, >, <)"
            raise InvalidRequestError(msg)
        field, operator, value = match["field"].strip(), match["operator"], match["value"].strip()
        found = filters.setdefault(field, [] if operator == "=" else {})
        if operator == "=" and isinstance(found, list):
            found.append(value)
        elif operator != "=" and isinstance(found, dict):
            if _RANGES[operator] in found:
                raise InvalidRequestError(f"--filter {text!r}: {field!r} has that bound already")
            found[_RANGES[operator]] = _bound(field, value)
        else:
            msg = f"--filter {text!r}: {field!r} has both values and bounds; choose one"
            raise InvalidRequestError(msg)
    return filters


def parse_boosts(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return the boosts of a request.

    Raises:
        InvalidRequestError: a text is not `FIELD=VALUE:FACTOR`.
    """
    boosts = []
    for text in texts:
        match = _BOOST.fullmatch(text)
        factor = _number(match["factor"]) if match else None
        if match is None or factor is None:
            msg = f"--boost {text!r}: write FIELD=VALUE:FACTOR, such as brand=Nike:1.3"
            raise InvalidRequestError(msg)
        boosts.append({"field": match["field"], "value": match["value"], "factor": factor})
    return boosts


def parse_weights(texts: Sequence[str]) -> dict[str, float]:
    """Return weights by signal.

    Raises:
        InvalidRequestError: a text is not `SIGNAL=NUMBER`.
    """
    weights: dict[str, float] = {}
    for text in texts:
        signal, _, number = text.partition("=")
        weight = _number(number)
        if not signal or weight is None:
            msg = f"--weight {text!r}: write SIGNAL=NUMBER, such as text_vector=0.3"
            raise InvalidRequestError(msg)
        weights[signal] = weight
    return weights


def parse_sort(text: str | None) -> dict[str, str] | None:
    """Return the sort of a request from `FIELD` or `FIELD:desc`."""
    if text is None:
        return None
    field, _, order = text.partition(":")
    return {"field": field, "order": order or "asc"}


def _bound(field: str, value: str) -> float | str:
    number = _number(value)
    return value if number is None or FIXED_FIELDS.get(field) == "date" else number


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
