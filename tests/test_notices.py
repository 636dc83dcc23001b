"""Notices on answers that a filter value emptied."""

from collections.abc import Iterator

import pytest

from hybrid_search.engines.port import Page, PagePlan
from hybrid_search.engines.sqlite import SqliteEngine
from hybrid_search.errors import EngineTimeoutError
from hybrid_search.notices import MAX_LOOKED_AT, empty_filter_notices
from hybrid_search.query.filters import TermsFilter
from tests.fashion_shop import FashionShop, open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FashionShop]:
    with open_shop(tmp_path_factory.mktemp("notices")) as shop:
        yield shop


@pytest.mark.parametrize(
    ("filters", "notices"),
    [
        ({"brand": "Acm"}, ("no product has brand 'Acm'; did you mean 'Acme'?",)),
        ({"color": "rde"}, ("no product has color 'rde'; did you mean 'red'?",)),
        ({"brand": "Zyxw"}, ("no product has brand 'Zyxw'",)),
        (
            {"category": "Women > Dress"},
            ("no product has category 'Women > Dress'; did you mean 'Women > Dresses'?",),
        ),
        (
            {"attributes.fit": "regulr"},
            ("no product has attributes.fit 'regulr'; did you mean 'regular'?",),
        ),
        (
            {"brand": ["Acm", "Coc"]},
            (
                "no product has brand 'Acm'; did you mean 'Acme'?",
                "no product has brand 'Coc'; did you mean 'Coco'?",
            ),
        ),
        ({"price": 3}, ("no product has price '3'",)),
    ],
    ids=str,
)
def test_a_value_that_no_product_has_is_named_with_the_near_one(
    shop: FashionShop, filters: dict[str, object], notices: tuple[str, ...]
) -> None:
    for q in ("dress", ""):
        response = shop.search(q, filter=filters)
        assert response.total == 0
        assert response.notices == notices


def test_known_values_that_exclude_each_other_are_not_blamed(shop: FashionShop) -> None:
    response = shop.search(filter={"category": "Women", "gender": "men"})
    assert (response.total, response.notices) == (0, ())


def test_an_answer_with_products_has_no_notices(shop: FashionShop) -> None:
    response = shop.search(filter={"brand": ["Acme", "Acm"]})
    assert response.total > 0
    assert response.notices == ()


def test_only_the_first_values_are_looked_at(shop: FashionShop) -> None:
    response = shop.search(filter={"brand": [f"B{n}" for n in range(500)]})
    assert len(response.notices) == MAX_LOOKED_AT


def test_a_notice_does_not_echo_what_is_too_long(shop: FashionShop) -> None:
    (notice,) = shop.search(filter={"brand": "x" * 10_000}).notices
    assert len(notice) < 200


class TiredEngine(SqliteEngine):
    """An engine whose deadline is over by now."""

    def page(self, name: str, plan: PagePlan, *, deadline_ms: int | None = None) -> Page:
        raise EngineTimeoutError(f"{name} {plan} {deadline_ms}")


def test_an_answer_that_is_ready_does_not_fail_for_its_notices(shop: FashionShop) -> None:
    engine = shop.engine
    assert isinstance(engine, SqliteEngine)
    tired = TiredEngine(engine._path, alias="fashion")
    name = shop.report.generation.name
    assert empty_filter_notices(tired, name, [TermsFilter("brand", ("Acm",))]) == ()
