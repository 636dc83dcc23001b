import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.encoders.well_formed import well_formed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ud83d", "\ufffd"),
        ("a\udc00b", "a\ufffdb"),
        ("\ud83d\ude00", "\N{GRINNING FACE}"),
        ("\ud83d\ud83d\ude00", "\ufffd\N{GRINNING FACE}"),
    ],
)
def test_halves_of_characters_are_joined_or_replaced(text: str, expected: str) -> None:
    assert well_formed(text) == expected


@given(st.text())
def test_whole_characters_stay(text: str) -> None:
    assert well_formed(text) == text


@given(st.text(st.characters()))
def test_every_text_can_be_encoded(text: str) -> None:
    well_formed(text).encode()
