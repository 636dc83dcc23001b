import pytest

from hybrid_search.catalog.columns import Row
from hybrid_search.catalog.number_format import NumberFormat
from hybrid_search.catalog.sizes_column import SizesColumn

GERMAN = NumberFormat(",", ".")


@pytest.mark.parametrize(
    ("spec", "row", "expected"),
    [
        ({"separator": ";"}, {"s": "S;M;"}, ["S", "M"]),
        ({"stock_separator": ":"}, {"s": ["S:3", "M"]}, {"S": "3", "M": 1}),
        ({"stock_separator": ":"}, {"s": "W:32:4"}, {"W:32": "4"}),
        (
            {"separator": ";", "stock_separator": ":"},
            {"s": "S : 1.000;M:0"},
            {"S": "1000", "M": "0"},
        ),
        ({"stock_from": "q"}, {"s": "38", "q": 7}, {"38": 7}),
        ({"stock_from": "q"}, {"s": [38.0, 38.5], "q": [7, 0]}, {"38": 7, "38.5": 0}),
        ({"stock_from": "q", "separator": "|"}, {"s": "S|M", "q": "1|2"}, {"S": "1", "M": "2"}),
        ({"stock_from": "q"}, {"s": "38", "q": ""}, ["38"]),
        ({}, {"s": {"S": "1.000", "M": None}}, {"S": "1000", "M": None}),
        ({}, {"s": None}, []),
    ],
)
def test_sizes_are_read_with_their_stock(
    spec: dict[str, object], row: Row, expected: object
) -> None:
    assert SizesColumn.model_validate({"from": "s", **spec}).read(row, GERMAN) == expected


@pytest.mark.parametrize(
    ("spec", "row", "expected"),
    [
        ({"stock_from": "q", "separator": ";"}, {"s": "S;M", "q": "1"}, "has 2 sizes and 1 stocks"),
        ({"stock_from": "q"}, {"q": "1"}, "has 0 sizes and 1 stocks"),
        ({"separator": ";", "stock_separator": ":"}, {"s": "S:1;S:2"}, "'S' is there twice"),
        ({"stock_separator": ":"}, {"s": "S:few"}, "'few' is not a number with decimal separator"),
    ],
)
def test_sizes_that_cannot_be_told_are_refused(
    spec: dict[str, object], row: Row, expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        SizesColumn.model_validate({"from": "s", **spec}).read(row, GERMAN)


def test_the_column_of_the_stock_is_a_source() -> None:
    assert SizesColumn.model_validate({"from": "s", "stock_from": "q"}).sources == ("s", "q")
