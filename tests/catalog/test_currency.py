from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.catalog.currency import decimals, to_major, to_minor


@pytest.mark.parametrize(
    ("currency", "expected"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("XYZ", 2)]
)
def test_currencies_have_their_own_decimals(currency: str, expected: int) -> None:
    assert decimals(currency) == expected


def test_half_a_minor_unit_is_rounded_up() -> None:
    assert to_minor(Decimal("12.945"), "EUR") == 1295
    assert to_minor(Decimal("12.944"), "EUR") == 1294
    assert to_minor(Decimal("0.5"), "JPY") == 1


@given(st.integers(0, 10**15), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_a_price_in_major_units_is_the_float_of_its_written_decimal(
    price_minor: int, currency: str
) -> None:
    written = Decimal(price_minor).scaleb(-decimals(currency))
    assert to_major(price_minor, currency) == float(written)
    assert to_minor(written, currency) == price_minor
