"""Numbers of a record: exact decimals out of JSON numbers and of texts.

Every function raises `ValueError` with what was wrong, the value, and what to do.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from hybrid_search.catalog.texts import MAX_DIGITS, folded, is_integer, shown

MAX_COUNT = 10**15
"""Greatest stock, popularity and price in minor units: exact in every engine's numbers."""

MAX_PRICE = 10**11
"""Greatest price in major units; no more than `MAX_COUNT` in any currency's minor units."""

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_SPACES = re.compile(r"[ \u00a0\u2009\u202f]")
_MAX_EXACT_FLOAT = 2**53
_MAX_LENGTH = 2 * MAX_DIGITS


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a shop writes numbers as text."""

    decimal_separator: str = "."
    thousands_separator: str = ""

    def plain(self, text: str) -> str:
        """Return the number with a decimal point and without thousands separators.

        Thousands separators must stand before every third digit, so that 12.95 in a file with
        a decimal comma is an error and not 1295.
        """
        if self == NumberFormat():
            return text
        thousands = self.thousands_separator
        written = _SPACES.sub(" ", text.strip()) if thousands == " " else text.strip()
        if not self._pattern.fullmatch(written):
            msg = (
                f"{shown(text)} is not a number with {self}; "
                "correct it, or the separators in [options] of the field map"
            )
            raise ValueError(msg)
        joined = written.replace(thousands, "") if thousands else written
        return joined.replace(self.decimal_separator, ".")

    @property
    def _pattern(self) -> re.Pattern[str]:
        thousands = re.escape(self.thousands_separator)
        whole = rf"\d{{1,3}}(?:{thousands}\d{{3}})+|\d+" if thousands else r"\d+"
        decimals = rf"{re.escape(self.decimal_separator)}\d+"
        return re.compile(rf"[+-]?(?:{whole})(?:{decimals})?", re.ASCII)

    def __str__(self) -> str:
        thousands = f" and thousands separator {self.thousands_separator!r}"
        return (
            f"decimal separator {self.decimal_separator!r}"
            f"{thousands if self.thousands_separator else ''}"
        )


def number(value: object) -> Decimal:
    """Return the exact value of a finite number, or of a text such as `1234.5`."""
    if isinstance(value, str):
        text = folded(value)
        if len(text) <= _MAX_LENGTH and _PLAIN.fullmatch(text):
            return Decimal(text)
        hint = "write it like 1234.5, or name your separators in [options] of a field map"
    elif is_integer(value) and abs(value) < 10**MAX_DIGITS:
        return Decimal(value)
    elif isinstance(value, float) and math.isfinite(value):
        return Decimal(repr(value))
    elif isinstance(value, Decimal) and value.is_finite():
        return value
    else:
        hint = "write a finite number, or leave the field out"
    msg = f"{shown(value)} is not a number; {hint}"
    raise ValueError(msg)


def count(value: object) -> int:
    """Return a whole number from 0 to `MAX_COUNT`."""
    exact = within(value, MAX_COUNT)
    if exact != int(exact):
        msg = f"{shown(value)} is not whole; write a whole number"
        raise ValueError(msg)
    return int(exact)


def within(value: object, greatest: int) -> Decimal:
    """Return a number from 0 to `greatest`."""
    exact = number(value)
    if not 0 <= exact <= greatest:
        fault = "negative" if exact < 0 else f"above {greatest}"
        msg = f"{shown(value)} is {fault}; write a number from 0 to {greatest}"
        raise ValueError(msg)
    return exact


def nearest_float(value: object) -> float:
    """Return the float nearest to a number, refusing those beyond the exact floats."""
    if isinstance(value, float) and math.isfinite(value):
        return value
    exact = number(value)
    if abs(exact) > _MAX_EXACT_FLOAT:
        msg = f"{shown(value)} is too great to be kept exactly as a number; write it as a text"
        raise ValueError(msg)
    return float(exact)


def number_text(value: float) -> str:
    """Return a number as people write it: 38 for 38.0, and 38.5 for 38.5."""
    return str(int(value)) if float(value).is_integer() else repr(value)
