"""E-mail addresses do not get into the log; all else stays as it was typed."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.store.masking import MASK, masked, storable


@pytest.mark.parametrize(
    "address",
    [
        "anna@shop.example",
        "anna.smith+orders@mail.shop.co.uk",
        "ANNA@SHOP.EXAMPLE",
        "änna@größe.example",
        "anna\uff20shop.example",
        "anna%40shop.example",
        "anna @ shop.example",
        "o'neil@shop.example",
    ],
)
@pytest.mark.parametrize("text", ["{}", "orders of {}, red dress", "<{}>", "mailto:{}?subject=x"])
def test_an_address_is_masked_wherever_it_stands(address: str, text: str) -> None:
    result = masked(text.format(address))
    assert MASK in result
    assert "shop" not in result.lower()
    assert "größe" not in result


@pytest.mark.parametrize(
    "text",
    [
        "red dress",
        "",
        "M@C lipstick",
        "@home slippers",
        "100% cotton @ 20.50",
        "size 38@39",
        "WH-1000XM4",
        "3.5mm jack",
        "dress @ summer",
    ],
)
def test_what_is_no_address_stays(text: str) -> None:
    assert masked(text) == text


def test_every_text_of_a_json_value_is_masked() -> None:
    value = {
        "brand": ["Nike", "anna@shop.example"],
        "price": {"gte": 10.5},
        "is_sale": True,
        "x": None,
    }
    assert masked(value) == {**value, "brand": ["Nike", MASK]}
    assert masked(("a", "anna@shop.example")) == ["a", MASK]


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "a@" * 25_000, "a." * 25_000, "a@b." * 12_000 + "1"]
)
def test_a_long_text_takes_no_long_time(text: str) -> None:
    started = perf_counter()
    masked(text)
    assert perf_counter() - started < 2


@given(st.text(st.characters()))
def test_a_storable_text_has_no_nul_and_is_utf8(text: str) -> None:
    result = storable(text)
    assert "\0" not in result
    assert len(result.encode("utf-8")) >= 0
    assert storable(result) == result
