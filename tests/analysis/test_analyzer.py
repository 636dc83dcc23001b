from hybrid_search.analysis.analyzer import SEPARATOR, ShopAnalyzer

ENGLISH = ShopAnalyzer("english")


def test_words_are_the_pieces_and_then_the_joined_compounds() -> None:
    assert ENGLISH.index_words("WH-1000XM4 headphones") == [
        *["wh", "1000xm4", "headphon"],
        "wh1000xm4",
    ]


def test_parts_stand_side_by_side() -> None:
    assert ENGLISH.index_parts("WH-1000XM4 headphones") == ["wh", "1000", "xm", "4", "headphon"]


def test_plain_words_are_their_only_part() -> None:
    assert ENGLISH.index_words("Red dresses") == ["red", "dress"]
    assert ENGLISH.index_parts("Red dresses") == ["red", "dress"]


def test_no_phrase_of_parts_crosses_values() -> None:
    assert ENGLISH.index_parts("dark blue", "green") == ["dark", "blue", SEPARATOR, "green"]
    assert ENGLISH.index_words("dark blue", "green") == ["dark", "blue", "green"]


def test_values_without_words_leave_nothing() -> None:
    for index in (ENGLISH.index_words, ENGLISH.index_parts):
        assert index("!", "", "red", "-") == ["red"]
        assert index() == []


def test_the_examples_of_the_index_analyzers() -> None:
    text = "women's T-shirt 3.5mm Café laptops"
    assert ENGLISH.index_words(text) == [
        *["women", "t", "shirt", "3.5mm", "cafe", "laptop"],
        "tshirt",
    ]
    assert ENGLISH.index_parts(text) == ["women", "t", "shirt", "3.5", "mm", "cafe", "laptop"]
