from hybrid_search.analysis.analyzer import SEPARATOR, ShopAnalyzer

ENGLISH = ShopAnalyzer("english")


def test_parts_stand_side_by_side_and_joined_words_at_the_end() -> None:
    assert ENGLISH.index_terms("WH-1000XM4 headphones") == [
        *["wh", "1000", "xm", "4", "headphon"],
        *[SEPARATOR, "wh1000xm4"],
    ]


def test_plain_words_have_no_joined_forms() -> None:
    assert ENGLISH.index_terms("Red dresses") == ["red", "dress"]


def test_values_of_a_field_are_kept_apart() -> None:
    assert ENGLISH.index_terms("dark blue", "green") == ["dark", "blue", SEPARATOR, "green"]


def test_values_without_words_leave_nothing() -> None:
    assert ENGLISH.index_terms("!", "", "red", "-") == ["red"]
    assert ENGLISH.index_terms() == []


def test_the_example_of_the_index_analyzer() -> None:
    assert ENGLISH.index_terms("women's T-shirt 3.5mm Café laptops") == [
        *["women", "t", "shirt", "3.5", "mm", "cafe", "laptop"],
        *[SEPARATOR, "tshirt", "3.5mm"],
    ]
