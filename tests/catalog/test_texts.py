import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.catalog.texts import (
    MAX_DIGITS,
    exact_text,
    folded,
    identifier,
    is_missing,
    one_text,
    several_texts,
    shown,
)

ANY_TEXT = st.text()


def test_folding_leaves_one_spelling() -> None:
    assert folded("  Café\u00a0\n\t au\x00lait ") == "Café au lait"
    assert folded("Cafe\u0301") == "Caf\u00e9"


@given(ANY_TEXT)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize("text", ["red  dress", " dress", "dress ", "re\u0301d"])
def test_texts_that_only_look_folded_are_folded(text: str) -> None:
    assert one_text(text) == folded(text) != text


@given(ANY_TEXT)
def test_texts_that_need_no_folding_take_no_other_way_than_the_rest(text: str) -> None:
    assert one_text(text) == folded(text)


def test_integers_are_texts_where_a_text_is_expected() -> None:
    assert one_text(501) == "501"


@pytest.mark.parametrize("value", [True, 1.5, ["a"], {"a": 1}, 10**MAX_DIGITS])
def test_other_values_are_no_texts(value: object) -> None:
    with pytest.raises(ValueError, match="is not a text; write a text in quotes"):
        one_text(value)


@pytest.mark.parametrize("convert", [one_text, identifier])
def test_half_a_surrogate_pair_is_refused(convert: type[str]) -> None:
    with pytest.raises(ValueError, match=r"'a\\ud800' has half of a surrogate pair"):
        convert("a\ud800")


def test_exact_texts_keep_their_spelling() -> None:
    decomposed = "cafe\u0301  1.jpg"
    assert exact_text(f" {decomposed}\n") == decomposed


def test_control_characters_are_refused_in_exact_texts() -> None:
    with pytest.raises(ValueError, match=r"'a\\tb' has a control character"):
        exact_text("a\tb")


def test_ids_are_limited_in_bytes_not_in_characters() -> None:
    assert identifier("é" * 256) == "é" * 256
    with pytest.raises(ValueError, match="has 514 bytes; use at most 512"):
        identifier("é" * 257)


def test_lists_keep_each_text_once_at_its_first_place() -> None:
    assert several_texts([" red", "", "blue", None, "red "]) == ("red", "blue")
    assert several_texts("red") == ("red",)
    assert several_texts(None) == ()


@pytest.mark.parametrize("value", [None, "", " \u00a0\n", [], (), {}])
def test_values_that_say_nothing_are_missing(value: object) -> None:
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, 0.0, False, "a", [None], {"a": None}])
def test_values_that_say_something_are_not_missing(value: object) -> None:
    assert not is_missing(value)


def test_values_are_shown_short_however_long_and_deep_they_are() -> None:
    deep: list[object] = []
    for _ in range(sys.getrecursionlimit() * 10):
        deep = [deep]
    for value in ("a" * 10**6, deep, 10**10_000, list(range(10**5))):
        assert len(shown(value)) < 200
