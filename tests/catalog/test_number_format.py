import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.catalog.number_format import (
    MAX_COUNT,
    NumberFormat,
    count,
    nearest_float,
    number,
    number_text,
    within,
)

GERMAN = NumberFormat(",", ".")


@pytest.mark.parametrize(
    ("written", "expected"),
    [("1.234.567,89", "1234567.89"), ("1234,5", "1234.5"), (" -7 ", "-7"), ("999", "999")],
)
def test_numbers_are_read_with_the_separators_of_the_shop(written: str, expected: str) -> None:
    assert GERMAN.plain(written) == expected


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u2009", "\u202f"])
def test_every_kind_of_space_separates_thousands(space: str) -> None:
    assert NumberFormat(",", " ").plain(f"12{space}345,6") == "12345.6"


@pytest.mark.parametrize("written", ["12.95", "1.23.456", "1,2,3", "12,", ",5", "1 234", "1e3", ""])
def test_numbers_in_another_format_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"separator ',' and thousands separator '\.'"):
        GERMAN.plain(written)


@given(st.decimals(-(10**12), 10**12, places=2))
def test_every_decimal_survives_a_format(value: Decimal) -> None:
    written = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert number(GERMAN.plain(written)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12.95", "12.95"), (12.95, "12.95"), (" +1e3 ", "1000"), (7, "7"), (".5", "0.5")],
)
def test_numbers_are_exact(value: object, expected: str) -> None:
    assert number(value) == Decimal(expected)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        Decimal("NaN"),
        True,
        None,
        [],
        "1,5",
        "1_000",
        "٣",
        "x",
        "1e9999",
    ],
)
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a number; write"):
        number(value)


def test_texts_too_long_for_a_number_are_refused() -> None:
    with pytest.raises(ValueError, match="is not a number"):
        number("1" * 1000)


def test_counts_are_whole_and_bounded() -> None:
    assert count("3") == count(3.0) == count(3) == 3
    assert count(MAX_COUNT) == MAX_COUNT
    with pytest.raises(ValueError, match=r"2\.5 is not whole; write a whole number"):
        count(2.5)
    with pytest.raises(ValueError, match="-1 is negative; write a number from 0"):
        count(-1)
    with pytest.raises(ValueError, match=f"is above {MAX_COUNT}"):
        within(MAX_COUNT + 1, MAX_COUNT)


def test_whole_numbers_that_floats_cannot_hold_are_refused() -> None:
    assert nearest_float(2**53) == 2.0**53
    with pytest.raises(ValueError, match="kept exactly as a number; write it as a text"):
        nearest_float(2**53 + 1)


def test_numbers_are_written_as_people_do() -> None:
    assert number_text(38.0) == "38"
    assert number_text(38.5) == "38.5"
