"""Cells of a shop's own file as the type that its field map asks for.

Every function raises `ValueError` with what was wrong, the value, and what to do.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from hybrid_search.catalog.number_format import NumberFormat, nearest_float, number_text
from hybrid_search.catalog.texts import one_text, shown

CellType = Literal["text", "number", "boolean"]
Cast = Callable[[object, NumberFormat], str | float | bool]

_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "no", "n", "0"), False),
}


def cell_text(cell: object) -> str:
    """Return a text, number or boolean as people write it: 38 for 38.0, `true` for True."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return number_text(nearest_float(cell)) if isinstance(cell, float) else one_text(cell)


def plain_number(cell: object, numbers: NumberFormat) -> object:
    """Return a text as a number text with a decimal point; anything else as it is."""
    return numbers.plain(cell) if isinstance(cell, str) else cell


def _text(cell: object, _: NumberFormat) -> str:
    return cell if isinstance(cell, str) else cell_text(cell)


def _number(cell: object, numbers: NumberFormat) -> float:
    return nearest_float(numbers.plain(cell) if isinstance(cell, str) else cell)


def _boolean(cell: object, _: NumberFormat) -> bool:
    if isinstance(cell, bool):
        return cell
    word = cell_text(cell).lower()
    if word not in _WORDS:
        msg = f"{shown(cell)} is no boolean; write true or false, yes or no, 1 or 0"
        raise ValueError(msg)
    return _WORDS[word]


CASTS: Mapping[CellType, Cast] = {"text": _text, "number": _number, "boolean": _boolean}
"""How a cell becomes each type."""
