"""Short notations of filters, boosts, weights and orders."""

import pytest

from hybrid_search.cli.arguments import parse_boosts, parse_filters, parse_sort, parse_weights
from hybrid_search.errors import InvalidRequestError


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], {}),
        (["brand=Acme"], {"brand": ["Acme"]}),
        (["brand=Acme", "brand=Coco"], {"brand": ["Acme", "Coco"]}),
        (["price>=10", "price<20"], {"price": {"gte": 10.0, "lt": 20.0}}),
        (["price>1e3", "price<=2000"], {"price": {"gt": 1000.0, "lte": 2000.0}}),
        (["updated_at>=2025"], {"updated_at": {"gte": "2025"}}),
        (["updated_at<2025-01-31"], {"updated_at": {"lt": "2025-01-31"}}),
        (["category=Women > Dresses"], {"category": ["Women > Dresses"]}),
        (["attributes.fit=a=b"], {"attributes.fit": ["a=b"]}),
        (["brand = Nordlicht & Söhne "], {"brand": ["Nordlicht & Söhne"]}),
        (["attributes.note=two\nlines"], {"attributes.note": ["two\nlines"]}),
    ],
)
def test_filters(texts: list[str], expected: dict[str, object]) -> None:
    assert parse_filters(texts) == expected


@pytest.mark.parametrize("text", ["", "brand", "=Acme", "brand=", ">=5", "price>="])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="write FIELD=VALUE, or FIELD>=NUMBER"):
        parse_filters([text])


def test_values_and_bounds_of_one_field_are_refused() -> None:
    for texts in (["price=10", "price>=5"], ["price>=5", "price=10"]):
        with pytest.raises(InvalidRequestError, match="'price' has both values and bounds"):
            parse_filters(texts)


def test_the_same_bound_twice_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"'price>=20': 'price' has that bound already"):
        parse_filters(["price>=10", "price>=20"])


@pytest.mark.parametrize(
    ("text", "field", "value", "factor"),
    [
        ("brand=Acme:1.3", "brand", "Acme", 1.3),
        ("attributes.ratio=16:9:2", "attributes.ratio", "16:9", 2.0),
        ("attributes.formula=a=b:0.5", "attributes.formula", "a=b", 0.5),
    ],
)
def test_boosts(text: str, field: str, value: str, factor: float) -> None:
    assert parse_boosts([text]) == [{"field": field, "value": value, "factor": factor}]


@pytest.mark.parametrize("text", ["", "brand", "brand=Acme", "brand=Acme:", "brand=:2", "=A:2"])
def test_what_is_no_boost_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="write FIELD=VALUE:FACTOR"):
        parse_boosts([text])


def test_weights() -> None:
    assert parse_weights(["lexical=0.5", "text_vector=1"]) == {"lexical": 0.5, "text_vector": 1.0}
    for text in ("", "lexical", "lexical=", "lexical=much", "=1"):
        with pytest.raises(InvalidRequestError, match="write SIGNAL=NUMBER"):
            parse_weights([text])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("price", {"field": "price", "order": "asc"}),
        ("price:desc", {"field": "price", "order": "desc"}),
    ],
)
def test_sort(text: str | None, expected: dict[str, str] | None) -> None:
    assert parse_sort(text) == expected
