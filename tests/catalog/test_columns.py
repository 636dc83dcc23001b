import pytest

from hybrid_search.catalog.columns import (
    Constant,
    ListColumn,
    NumberColumn,
    Row,
    TextColumn,
    TimeColumn,
)
from hybrid_search.catalog.number_format import NumberFormat

PLAIN = NumberFormat()


def test_a_bare_name_is_a_column() -> None:
    assert TextColumn.model_validate("a") == TextColumn.model_validate({"from": ["a"]})


def test_a_constant_reads_no_column() -> None:
    constant = Constant.model_validate({"value": "EUR"})
    assert constant.sources == ()
    assert constant.read({}, PLAIN) == "EUR"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"a": "x", "b": "", "c": 5}, "x, 5"),
        ({"a": [1.0, True], "b": "z"}, "1, true, z"),
        ({"a": None, "b": " "}, ""),
        ({}, ""),
    ],
)
def test_missing_cells_are_left_out_of_a_join(row: Row, expected: str) -> None:
    column = TextColumn.model_validate({"from": ["a", "b", "c"], "join": ", "})
    assert column.read(row, PLAIN) == expected


def test_several_columns_become_one_list() -> None:
    column = ListColumn.model_validate(["main", "more"])
    row = {"main": "a.jpg", "more": ["b.jpg", "", None]}
    assert column.read(row, PLAIN) == ["a.jpg", "b.jpg"]


def test_one_column_without_a_separator_is_taken_as_it_is() -> None:
    assert ListColumn.model_validate("a").read({"a": "x > y"}, PLAIN) == "x > y"


def test_of_several_separators_the_longest_counts() -> None:
    column = ListColumn.model_validate({"from": "c", "separator": [",", ", and ", "."]})
    assert column.read({"c": "red,blue, and green.,"}, PLAIN) == ["red", "blue", "green"]


def test_numbers_that_are_no_texts_are_taken_as_they_are() -> None:
    column = NumberColumn.model_validate("n")
    german = NumberFormat(",", ".")
    assert column.read({"n": "1.000,5"}, german) == "1000.5"
    assert column.read({"n": 1.5}, german) == 1.5
    assert column.read({"n": " "}, german) is None


def test_times_are_read_in_the_format_of_the_shop() -> None:
    column = TimeColumn.model_validate({"from": "t", "format": "%d.%m.%Y %H:%M %z"})
    assert column.read({"t": "24.12.2025 18:30 +0100"}, PLAIN) == "2025-12-24T18:30:00+01:00"
    assert column.read({"t": ""}, PLAIN) == ""
    with pytest.raises(ValueError, match="'2025-12-24' does not have the format '%d"):
        column.read({"t": "2025-12-24"}, PLAIN)


def test_a_time_may_be_a_number_in_the_format_of_the_shop() -> None:
    column = TimeColumn.model_validate({"from": "t", "format": "%Y%m%d"})
    assert column.read({"t": 20251224}, PLAIN) == "2025-12-24T00:00:00"
