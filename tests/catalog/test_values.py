import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from hybrid_search.catalog import values
from hybrid_search.catalog.number_format import MAX_COUNT

CEST = timezone(timedelta(hours=2))


@pytest.mark.parametrize("currency", ["eur", "EURO", "€", 978, "EÜR"])
def test_currencies_are_three_upper_case_letters(currency: object) -> None:
    assert values.currency(" EUR ") == "EUR"
    with pytest.raises(ValueError, match="is not a currency code; write three upper-case letters"):
        values.currency(currency)


@pytest.mark.parametrize(
    "category", ["Women > Dresses", "Women>Dresses>", ["Women", " Dresses", ""]]
)
def test_categories_are_paths(category: object) -> None:
    assert values.category(category) == ("Women", "Dresses")


def test_a_category_may_repeat_a_name() -> None:
    assert values.category(["Sale", "Sale"]) == ("Sale", "Sale")


@pytest.mark.parametrize("name", ["Women > Dresses", "> 50", "50 >"])
def test_a_category_name_that_reads_as_a_path_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="write a list with one name for each level"):
        values.category(["Sale", name])


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"S": 3, "M": "0", "L": None}, {"S": 3, "M": 0, "L": 1}),
        (["S", "M", "S"], {"S": 1, "M": 1}),
        ([38, 38.0, 38.5], {"38": 1, "38.5": 1}),
        ("One size", {"One size": 1}),
        (None, {}),
    ],
)
def test_sizes_come_with_or_without_stock(sizes: object, expected: dict[str, int]) -> None:
    assert list(values.sizes(sizes).items()) == list(expected.items())


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"S": -1}, "the stock of 'S': -1 is negative; write a number from 0 to"),
        ({"S": 1.5}, r"the stock of 'S': 1\.5 is not whole"),
        ({"S": True}, "the stock of 'S': True is not a number"),
        ({"S": 1, "S ": 2}, "the name 'S' is there twice"),
        ({"": 1}, "the name '' is empty"),
        ([["S"]], r"\['S'\] is not a text"),
    ],
)
def test_bad_sizes_are_refused(sizes: object, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^{expected}"):
        values.sizes(sizes)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-03-01T12:00:00Z", datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("2025-03-01T12:00:00+02:00", datetime(2025, 3, 1, 10, tzinfo=UTC)),
        ("2025-03-01", datetime(2025, 3, 1, tzinfo=UTC)),
        (datetime(2025, 3, 1, 12, tzinfo=CEST), datetime(2025, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_times_are_kept_in_utc(written: object, expected: datetime) -> None:
    found = values.timestamp(written)
    assert found == expected
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "written", ["soon", 1700000000, "0001-01-01T00:00:00+10:00", "2025-02-30", ["2025"]]
)
def test_what_is_no_time_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="is not a time; write ISO 8601"):
        values.timestamp(written)


@pytest.mark.parametrize("popularity", [-0.5, math.inf, "many", MAX_COUNT + 1])
def test_popularity_is_a_number_from_0(popularity: object) -> None:
    assert values.popularity("0") == 0
    with pytest.raises(ValueError, match="write"):
        values.popularity(popularity)


def test_attributes_keep_the_type_of_their_values() -> None:
    codes = ["a", 1, True, 1.0, "a", None]
    written = {"fit": " slim ", "weight": 62, "is_new": True, "codes": codes}
    found = values.attributes({**written, "empty": "", "none": [None]})
    assert found == {
        "fit": ("slim",),
        "weight": (62.0,),
        "is_new": (True,),
        "codes": ("a", 1.0, True),
    }
    assert [type(value) for value in found["codes"]] == [str, float, bool]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("slim", "'slim' is not an object"),
        ({"fit": {"a": 1}}, "'fit': {'a': 1} is no value; write a text, a number"),
        ({"code": 2**60}, "'code': 1152921504606846976 is too great to be kept"),
        ({"x": math.nan}, "'x': nan is not a number"),
        ({" ": 1}, "' ': the name ' ' is empty"),
        ({"a": 1, "a ": 2}, "'a ': the name 'a ' is there twice"),
    ],
)
def test_bad_attributes_are_refused(attributes: object, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^{expected}"):
        values.attributes(attributes)


def test_every_bad_attribute_is_named() -> None:
    with pytest.raises(ValueError, match=r"'a': \{\}.*'c': \{\}"):
        values.attributes({"a": [{}], "b": 1, "c": [{}]})
