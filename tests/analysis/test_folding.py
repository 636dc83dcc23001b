import pytest

from hybrid_search.analysis.folding import fold


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Café", "cafe"),
        ("STRAẞE", "strasse"),
        ("Straße", "strasse"),
        ("Œuvre", "oeuvre"),
        ("smørrebrød", "smorrebrod"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("\N{LATIN SMALL LETTER DOTLESS I}", "i"),
        ("ﬁne", "fine"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER W}\N{FULLWIDTH DIGIT ONE}", "w1"),
        ("x²", "x2"),
        ("Þór", "thor"),
    ],
)
def test_latin_letters_become_plain_lowercase(word: str, folded: str) -> None:
    assert fold(word) == folded


@pytest.mark.parametrize("word", ["日本語", "हिन्दी", "ελληνικά", "й", "nº", "½", "ⅳ"])
def test_what_is_no_latin_letter_stays(word: str) -> None:
    assert fold(word) == word


def test_case_folds_outside_latin_without_a_look_at_the_neighbours() -> None:
    assert fold("ΟΔΟΣ") == "οδοσ"
