"""Cursors: whole ones come back, changed ones are refused."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.cursor import After, Cursor
from hybrid_search.errors import InvalidCursorError
from hybrid_search.query.request import SearchRequest

REQUEST = SearchRequest()
NOT_OURS = "is not one that this service made; start without a cursor"

positions = st.lists(
    st.none() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")), max_size=3
).map(tuple)


def encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@given(positions)
def test_a_cursor_comes_back_as_it_was(after: After) -> None:
    cursor = Cursor("fashion-1", after)
    assert Cursor.read(cursor.write(REQUEST), REQUEST) == cursor


def test_a_cursor_is_safe_in_an_address() -> None:
    text = Cursor("fashion-1", ("größe?&/ +", 5.5)).write(REQUEST)
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "hello world",
        "ééé",
        "😀",
        "[" * 90_000,
        base64.urlsafe_b64encode(b"[" * 50_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
        encoded(5),
        encoded({"a": 1, "b": 2, "c": 3, "d": 4}),
        encoded(["fashion-1", [5], "", ""]),
        encoded(["fashion-1", "abc", "", ""]),
        encoded([5, [5], "", ""]),
        encoded(["fashion-1", [[5]], "", ""]),
        encoded(["fashion-1", {"a": 5}, "", ""]),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursorError, match=NOT_OURS) as caught:
        Cursor.read(text, REQUEST)
    assert len(str(caught.value)) < 200


def test_every_change_of_a_cursor_is_noticed() -> None:
    generation, after, digest, checksum = json.loads(
        base64.urlsafe_b64decode(Cursor("fashion-1", (5.0, "p001")).write(REQUEST) + "===")
    )
    for changed in (
        ["secrets", after, digest, checksum],
        ["*", after, digest, checksum],
        [generation, [6.0, "p001"], digest, checksum],
        [generation, [], digest, checksum],
    ):
        with pytest.raises(InvalidCursorError, match=NOT_OURS):
            Cursor.read(encoded(changed), REQUEST)


@pytest.mark.parametrize(
    "other",
    [
        {"q": "red"},
        {"filter": {"brand": "Acme"}},
        {"sort": {"field": "price"}},
        {"collapse": True},
        {"hybrid": {"weights": {"lexical": 0.1}}},
    ],
    ids=str,
)
def test_a_cursor_belongs_to_its_request(other: dict[str, object]) -> None:
    text = Cursor("fashion-1", (5.0, "p001")).write(REQUEST)
    with pytest.raises(InvalidCursorError, match="another q, filter, sort or collapse"):
        Cursor.read(text, SearchRequest.parse(other))


def test_the_order_of_filters_makes_no_other_request() -> None:
    one = SearchRequest.parse({"filter": {"brand": "Acme", "color": "red"}})
    same = SearchRequest.parse({"filter": {"color": "red", "brand": "Acme"}})
    cursor = Cursor("fashion-1", (1.0,))
    assert Cursor.read(cursor.write(one), same) == cursor


def test_what_chooses_no_product_may_change() -> None:
    cursor = Cursor("fashion-1", (1.0,))
    changed = SearchRequest(limit=7, facets=("brand",), facet_size=3, explain=True)
    assert Cursor.read(cursor.write(REQUEST), changed) == cursor
