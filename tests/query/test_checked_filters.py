"""Filters against the fields of an index."""

import pytest

from hybrid_search.errors import InvalidRequestError, UnknownFieldError
from hybrid_search.query.checked_filters import checked_filters
from hybrid_search.query.fields import FIXED_FIELDS, FieldCatalog
from hybrid_search.query.filters import Filter, RangeFilter, TermsFilter, value_text

CATALOG = FieldCatalog(("fit", "heel height"))


def checked(wanted: Filter) -> Filter:
    (found,) = checked_filters([wanted], CATALOG)
    return found


@pytest.mark.parametrize("field", ["brand", "attributes.fit", "attributes.heel height", "sizes"])
def test_values_of_words_pass_as_they_are(field: str) -> None:
    wanted = TermsFilter(field, ("a", 5.0, True))
    assert checked(wanted) == wanted


def test_numbers_may_be_written_as_texts() -> None:
    assert checked(TermsFilter("price", ("10.0", 5.0, "1e2"))) == TermsFilter(
        "price", (10.0, 5.0, 100.0)
    )


def test_booleans_may_be_written_as_texts() -> None:
    wanted = TermsFilter("in_stock", ("true", "false", True, False))
    assert checked(wanted) == TermsFilter("in_stock", (True, False, True, False))


@pytest.mark.parametrize(
    ("side", "text", "expected"),
    [
        ("gte", "2025-01-31", "2025-01-31T00:00:00.000+00:00"),
        ("lt", "2025-01-31", "2025-01-31T00:00:00.000+00:00"),
        ("gt", "2025-01-31", "2025-01-31T23:59:59.999+00:00"),
        ("lte", "2025-01-31", "2025-01-31T23:59:59.999+00:00"),
        ("lte", "9999-12-31", "9999-12-31T23:59:59.999+00:00"),
        ("gte", "20250131", "2025-01-31T00:00:00.000+00:00"),
        ("lte", "2025-01-31T10:00", "2025-01-31T10:00:00.000+00:00"),
        ("lte", "2025-01-31 10:00:00+02:00", "2025-01-31T08:00:00.000+00:00"),
        ("gt", "2025-01-31T10:00:00.25Z", "2025-01-31T10:00:00.250+00:00"),
    ],
)
def test_dates_become_full_times_in_utc(side: str, text: str, expected: str) -> None:
    bounds = checked(RangeFilter("updated_at", **{side: text}))
    assert bounds == RangeFilter("updated_at", **{side: expected})


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (TermsFilter("price", ("cheap",)), "filter.price: 'cheap' is not a number"),
        (TermsFilter("price", ("nan",)), "filter.price: 'nan' is not a number"),
        (TermsFilter("popularity", (True,)), "filter.popularity: True is not a number"),
        (TermsFilter("in_stock", ("yes",)), "filter.in_stock: 'yes' is neither true nor false"),
        (TermsFilter("in_stock", (1.0,)), "filter.in_stock: 1.0 is neither true nor false"),
        (TermsFilter("updated_at", ("2025-01-31",)), "filter.updated_at: a date needs bounds"),
        (RangeFilter("brand", gte="A"), "filter.brand: takes values, not bounds; it is a keyword"),
        (RangeFilter("in_stock", gte=0.0), "filter.in_stock: takes values, not bounds"),
        (RangeFilter("price", lt="10"), "filter.price.lt: '10' is not a number"),
        (RangeFilter("attributes.fit", lt="x"), "filter.attributes.fit.lt: 'x' is not a number"),
        (RangeFilter("updated_at", gte="soon"), "updated_at.gte: 'soon' is not an ISO 8601 date"),
        (RangeFilter("updated_at", gte=5.0), "filter.updated_at.gte: 5.0 is not an ISO 8601 date"),
        (RangeFilter("updated_at", gte="2025-02-30"), "'2025-02-30' is not an ISO 8601 date"),
        (RangeFilter("updated_at", gt="0001-01-01T00:00+14:00"), "is not an ISO 8601 date"),
    ],
)
def test_what_cannot_be_compared_is_refused(wanted: Filter, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        checked(wanted)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("field", "near"),
    [("colour", "'color'"), ("attributes.fits", "'attributes.fit'"), ("fit", None)],
)
def test_an_unknown_field_lists_the_known_and_names_the_near_one(
    field: str, near: str | None
) -> None:
    with pytest.raises(UnknownFieldError) as caught:
        checked(TermsFilter(field, ("x",)))
    message = str(caught.value)
    assert f"cannot filter on '{field}'" in message
    assert all(name in message for name in FIXED_FIELDS)
    assert near is None or f"did you mean {near}?" in message


def test_a_message_does_not_echo_a_field_of_ten_thousand_letters() -> None:
    with pytest.raises(UnknownFieldError) as caught:
        checked(TermsFilter("x" * 10_000, ("x",)))
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("value", "text"),
    [(62, "62"), (62.0, "62"), ("62", "62"), (1.5, "1.5"), (True, "true"), (-0.0, "0")],
)
def test_a_value_has_one_spelling(value: float | str, text: str) -> None:
    assert value_text(value) == text
