import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.analysis.tokens import is_break, tokenize

MAX_TERM_BYTES = 32_766


def parts(text: str) -> list[tuple[str, ...]]:
    return [token.parts for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WH-1000XM4", [("wh", "1000", "xm", "4")]),
        ("WH1000 XM4", [("wh", "1000"), ("xm", "4")]),
        ("women's T-shirt", [("women",), ("t", "shirt")]),
        ("women\N{RIGHT SINGLE QUOTATION MARK}s", [("women",)]),
        ("dogs' it's", [("dogs",), ("it",)]),
        ("O'Neill-s", [("o", "neill", "s")]),
        ("don't rock'n'roll", [("don", "t"), ("rock", "n", "roll")]),
        ("x's-y", [("x", "y")]),
        ("3.5mm 1.2.3 v1.2", [("3.5", "mm"), ("1.2.3",), ("v", "1.2")]),
        ("3.5-4.5mm", [("3.5", "4"), ("5", "mm")]),
        ("end. 5. .5 a.5", [("end",), ("5",), ("5",), ("a",), ("5",)]),
        ("a_b c&d", [("a",), ("b",), ("c",), ("d",)]),
        ("12½ ½inch x²", [("12½",), ("½", "inch"), ("x", "2")]),
        ("日本語 カメラ", [("日本語",), ("カメラ",)]),
        ("हिन्दी", [("हिन्दी",)]),
        ("e\u0301te\u0301", [("ete",)]),
        ("--a--b--", [("a",), ("b",)]),
        ("a-b-", [("a", "b")]),
    ],
)
def test_words_split_into_parts_as_in_the_index_analyzer(
    text: str, expected: list[tuple[str, ...]]
) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize("text", ["", "  ", "!?", "'", "- - -", "™ & ®", "_", "😀"])
def test_text_without_letters_or_digits_has_no_words(text: str) -> None:
    assert tokenize(text) == []


def test_the_joined_form_is_all_parts_in_one() -> None:
    (token,) = tokenize("WH-1000XM4")
    assert token.joined == "wh1000xm4"


def test_pieces_are_cut_at_signs_alone() -> None:
    pieces = [token.pieces for token in tokenize("WH-1000XM4 women's O'Neill-s v1.2 3.5-4.5mm")]
    assert pieces == [
        *[("wh", "1000xm4"), ("women",), ("o", "neill", "s"), ("v1.2",), ("3.5", "4"), ("5mm",)]
    ]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        *[("xm", "4", True), ("8", "gb", True), ("3.5", "mm", True), ("x", "½", True)],
        *[("t", "shirt", False), ("8", "16", False)],
    ],
)
def test_words_break_between_letters_and_digits(left: str, right: str, *, expected: bool) -> None:
    assert is_break(left, right) == expected


@pytest.mark.parametrize("unit", ["a", "1", "a-", "1.", "a1", "é'"])
def test_no_text_makes_a_term_that_lucene_refuses(unit: str) -> None:
    assert max(len(token.joined.encode()) for token in tokenize(unit * 50_000)) < MAX_TERM_BYTES


@given(st.text(max_size=60))
def test_parts_are_never_empty_and_hold_no_separator(text: str) -> None:
    for token in tokenize(text):
        assert token.parts
        assert all(token.parts)
        assert not any(sign in part for part in token.parts for sign in " '-\"*:()~/")
        assert "." not in token.parts
