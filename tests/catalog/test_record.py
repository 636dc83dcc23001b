import json
import math
from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.catalog.number_format import MAX_COUNT
from hybrid_search.catalog.product import AttributeValue, Product
from hybrid_search.catalog.record import RECORD_FIELDS, parse_product, product_record
from hybrid_search.catalog.texts import MAX_ID_BYTES, folded
from hybrid_search.errors import InvalidProductError

texts = st.text(max_size=20).map(folded).filter(bool)
levels = texts.filter(lambda text: ">" not in text)
several = st.lists(texts, unique=True, max_size=3).map(tuple)
exact = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
ids = exact.filter(lambda text: len(text.encode()) <= MAX_ID_BYTES)
values: st.SearchStrategy[tuple[AttributeValue, ...]] = st.one_of(
    st.lists(texts, unique=True, min_size=1).map(tuple),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), unique=True, min_size=1).map(tuple),
    st.booleans().map(lambda value: (value,)),
)
prices = st.none() | st.tuples(st.integers(0, MAX_COUNT), st.sampled_from(["EUR", "JPY", "KWD"]))


@st.composite
def products(draw: st.DrawFn) -> Product:
    price_minor, currency = draw(prices) or (None, None)
    return Product(
        id=draw(ids),
        title=draw(texts),
        style_id=draw(st.none() | ids),
        description=draw(st.just("") | texts),
        brand=draw(st.none() | texts),
        category=tuple(draw(st.lists(levels, max_size=3))),
        color=draw(several),
        material=draw(several),
        pattern=draw(several),
        gender=draw(several),
        season=draw(several),
        occasion=draw(several),
        sizes=draw(st.dictionaries(texts, st.integers(0, MAX_COUNT), max_size=3)),
        price_minor=price_minor,
        currency=currency,
        images=tuple(draw(st.lists(exact, unique=True, max_size=3))),
        popularity=draw(st.none() | st.floats(0, float(MAX_COUNT))),
        updated_at=draw(st.none() | st.datetimes(timezones=st.just(UTC))),
        attributes=draw(st.dictionaries(texts, values, max_size=3)),
    )


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800")
json_values = st.recursive(
    scalars,
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3)
    ),
    max_leaves=8,
)
json_objects = st.dictionaries(st.sampled_from(RECORD_FIELDS) | st.text(), json_values)
whole_objects = st.builds(lambda fields: {"id": "1", "title": "T", **fields}, json_objects)


def problem(**record: object) -> str:
    with pytest.raises(InvalidProductError) as caught:
        parse_product({"id": "1", "title": "Dress", **record})
    return str(caught.value)


def parsed(**record: object) -> Product:
    return parse_product({"id": "1", "title": "Dress", **record})


@given(products())
def test_every_product_survives_its_record_as_json(product: Product) -> None:
    record = json.loads(json.dumps(product_record(product)))
    assert parse_product(record) == product


@given(json_objects | whole_objects)
def test_any_object_becomes_a_product_or_an_invalid_product_error(
    record: dict[str, object],
) -> None:
    try:
        product = parse_product(record)
    except InvalidProductError:
        return
    assert parse_product(product_record(product)) == product


def test_records_leave_empty_fields_out() -> None:
    assert product_record(Product(id="1", title="Dress")) == {"id": "1", "title": "Dress"}


def test_a_price_of_nothing_is_not_empty() -> None:
    product = Product(id="1", title="Gift", price_minor=0, currency="EUR", popularity=0.0)
    assert product_record(product).keys() == {
        "id",
        "title",
        "price_minor",
        "currency",
        "popularity",
    }


def test_texts_are_folded_and_single_texts_are_lists_of_one() -> None:
    product = parsed(title=" Summer\n  dress ", brand="Cafe\u0301", color="red", images="a  b.jpg")
    assert product.title == "Summer dress"
    assert product.brand == "Café"
    assert product.color == ("red",)
    assert product.images == ("a  b.jpg",)


@pytest.mark.parametrize("empty", [None, "", "  ", []])
def test_empty_values_are_missing(empty: object) -> None:
    fields = ("style_id", "brand", "category", "color", "sizes", "popularity", "updated_at")
    assert parsed(**dict.fromkeys(fields, empty)) == Product(id="1", title="Dress")


def test_texts_of_nothing_but_control_characters_are_missing() -> None:
    assert parsed(brand="\x00").brand is None


def test_integer_ids_become_texts() -> None:
    assert parse_product({"id": 1399, "title": "Dress"}).id == "1399"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "id: None is empty; every product needs one"),
        ("\n", r"id: '\n' is empty; every product needs one"),
        ("a\x00b", r"id: 'a\x00b' has a control character; take it out"),
        (True, "id: True is not a text; write a text in quotes"),
        (1.5, "id: 1.5 is not a text; write a text in quotes"),
    ],
)
def test_bad_ids_are_refused(value: object, expected: str) -> None:
    assert problem(id=value) == expected


def test_a_product_needs_an_id_and_a_title() -> None:
    with pytest.raises(InvalidProductError) as caught:
        parse_product({})
    assert str(caught.value) == (
        "id: is missing; every product needs one; title: is missing; every product needs one"
    )


def test_all_problems_of_a_record_are_named_at_once() -> None:
    found = problem(title="", price=-1, currency="eur", sizes={"S": -2}, updated_at="soon")
    for field in ("title: ''", "price: -1", "currency: 'eur'", "the stock of 'S': -2", "'soon'"):
        assert field in found


def test_unknown_fields_are_named_with_the_nearest_known_one() -> None:
    assert problem(colour="red", zzz=1) == (
        "unknown fields: 'colour' (did you mean 'color'?), 'zzz'; "
        "rename them, or map your own names to product fields with a field map"
    )


def test_of_many_unknown_fields_the_first_five_are_named() -> None:
    found = problem(**{f"zz{n}": n for n in range(12)})
    assert "'zz4' and 7 more;" in found
    assert "zz5" not in found


@pytest.mark.parametrize(
    ("price", "currency", "expected"),
    [
        (12.95, "EUR", 1295),
        ("12.95", "EUR", 1295),
        (Decimal("12.945"), "EUR", 1295),
        (1295, "JPY", 1295),
        ("1.2345", "KWD", 1235),
        (0, "EUR", 0),
    ],
)
def test_prices_are_kept_in_minor_units(price: object, currency: str, expected: int) -> None:
    assert parsed(price=price, currency=currency).price_minor == expected


def test_prices_may_be_given_in_minor_units() -> None:
    assert parsed(price_minor=1295, currency="EUR").price_minor == 1295


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"price": 5}, "price: 5 has no currency; add currency, such as 'EUR'"),
        ({"price_minor": 5}, "price: 5 has no currency; add currency, such as 'EUR'"),
        ({"currency": "EUR"}, "currency: 'EUR' has no price; add price, or leave currency out"),
        (
            {"price": 5, "price_minor": 500, "currency": "EUR"},
            "price: 5 is given beside price_minor 500; give one of them",
        ),
        (
            {"price": math.nan, "currency": "EUR"},
            "price: nan is not a number; write a finite number, or leave the field out",
        ),
        (
            {"price_minor": 12.5, "currency": "EUR"},
            "price_minor: 12.5 is not whole; write a whole number",
        ),
        (
            {"price": 10**12, "currency": "EUR"},
            "price: 1000000000000 is above 100000000000; write a number from 0 to 100000000000",
        ),
    ],
)
def test_prices_that_mean_nothing_are_refused(fields: dict[str, object], expected: str) -> None:
    assert problem(**fields) == expected
