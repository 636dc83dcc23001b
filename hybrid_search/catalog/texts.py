"""Texts of a record: what people read as the same text gets one spelling.

Every function raises `ValueError` with what was wrong, the value, and what to do.
"""

import re
import reprlib
import unicodedata
from collections.abc import Iterable
from typing import TypeGuard

MAX_ID_BYTES = 512
MAX_DIGITS = 30

_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 80
_REPR.maxlevel = 2


def shown(value: object) -> str:
    """Return `value` as a message shows it: its `repr`, cut to a readable length and depth."""
    if is_integer(value) and abs(value) >= 10**MAX_DIGITS:
        return f"an integer of more than {MAX_DIGITS} digits"
    return _REPR.repr(value)


def is_integer(value: object) -> TypeGuard[int]:
    """Return whether `value` is a whole number and no boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_missing(value: object) -> bool:
    """Return whether `value` says nothing: None, a blank text, an empty list or object."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, (list, tuple, dict)) and not value)


def folded(text: str) -> str:
    """Return `text` in NFC, stripped, whitespace and control characters as single spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def one_text(value: object) -> str:
    """Return the folded text of a text or an integer; empty when it is missing."""
    if isinstance(value, str) and _is_folded(value):
        return value
    return folded(_raw_text(value))


def exact_text(value: object) -> str:
    """Return a name that machines compare, with nothing changed but the space around it.

    Folding would turn the path of a picture into the path of another one.
    """
    text = _raw_text(value).strip()
    if _CONTROLS.search(text):
        msg = f"{shown(text)} has a control character; take it out"
        raise ValueError(msg)
    return text


def identifier(value: object) -> str:
    """Return an exact text of at most `MAX_ID_BYTES` bytes."""
    text = exact_text(value)
    if (size := len(text.encode())) > MAX_ID_BYTES:
        msg = f"{shown(text)} has {size} bytes; use at most {MAX_ID_BYTES}"
        raise ValueError(msg)
    return text


def several_texts(value: object) -> tuple[str, ...]:
    """Return the folded texts of a list or of one text, each once, without empty ones."""
    return distinct(one_text(item) for item in listed(value))


def several_exact_texts(value: object) -> tuple[str, ...]:
    """Return the exact texts of a list or of one text, each once, without empty ones."""
    return distinct(exact_text(item) for item in listed(value))


def listed(value: object) -> list[object]:
    """Return the values of a list, or the one value as a list; None is an empty list."""
    if value is None:
        return []
    return [*value] if isinstance(value, (list, tuple)) else [value]


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that are not empty, each at its first place."""
    return tuple(dict.fromkeys(text for text in texts if text))


def _is_folded(text: str) -> bool:
    # Printable text has no whitespace but spaces; nearly all texts end here, at a tenth the cost.
    return (
        text.isprintable()
        and "  " not in text
        and not text.startswith(" ")
        and not text.endswith(" ")
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


def _raw_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        if _SURROGATES.search(value):
            msg = f"{shown(value)} has half of a surrogate pair; correct its Unicode escapes"
            raise ValueError(msg)
        return value
    if is_integer(value) and abs(value) < 10**MAX_DIGITS:
        return str(value)
    msg = f"{shown(value)} is not a text; write a text in quotes"
    raise ValueError(msg)
