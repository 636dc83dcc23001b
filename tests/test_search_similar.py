"""Products like a product."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hybrid_search.catalog.product import Product
from hybrid_search.encoders.document_text import document_text
from hybrid_search.errors import InvalidRequestError, ProductNotFoundError
from hybrid_search.response import SearchResponse
from tests.fashion_shop import CATALOG, FashionShop, ids, open_hybrid_shop, open_shop, product_of
from tests.word_encoder import WordEncoder

ALL = 250


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FashionShop]:
    with open_hybrid_shop(tmp_path_factory.mktemp("similar")) as shop:
        yield shop


VECTORS = {
    product.id: vector
    for product, vector in zip(
        CATALOG, WordEncoder().encode_documents(list(map(document_text, CATALOG))), strict=True
    )
}


def cosine(one: Product, other: Product) -> float:
    return float(VECTORS[one.id] @ VECTORS[other.id])


def test_the_nearest_come_first_without_the_product_and_its_variants(shop: FashionShop) -> None:
    answers = [shop.similar(product.id, limit=ALL, explain=True) for product in CATALOG]
    assert sum(bool(response.hits) for response in answers) > len(CATALOG) / 2
    for product, response in zip(CATALOG, answers, strict=True):
        require_nearest_first(product, response)


def require_nearest_first(product: Product, response: SearchResponse) -> None:
    assert product.style_id not in {product_of(hit).style_id for hit in response.hits}
    cosines = [cosine(product, product_of(hit)) for hit in response.hits]
    assert cosines == pytest.approx(sorted(cosines, reverse=True), abs=1e-6)
    others = [one for one in CATALOG if one.style_id != product.style_id]
    assert cosines[:1] in ([], pytest.approx([max(cosine(product, one) for one in others)]))
    for hit in response.hits:
        assert hit.explanation is not None
        assert [term.signal for term in hit.explanation.terms] == ["text_vector"]
        assert hit.explanation.rebuild_final_score() == hit.final_score


def test_a_product_without_a_style_hides_itself_alone(tmp_path: Path) -> None:
    catalog = [replace(product, style_id=None) for product in CATALOG]
    with open_shop(tmp_path, products=catalog, encoder=WordEncoder()) as shop:
        found = ids(shop.similar("p000", limit=ALL))
        assert "p000" not in found
        assert {"p001", "p002"} & set(found)


def test_without_vectors_the_words_of_the_title_are_looked_for(tmp_path: Path) -> None:
    with open_shop(tmp_path) as shop:
        response = shop.similar("p001", limit=ALL, explain=True)
        assert product_of(response.hits[0]).title == CATALOG[1].title
        assert CATALOG[1].style_id not in {product_of(hit).style_id for hit in response.hits}
        for hit in response.hits:
            assert hit.explanation is not None
            assert [term.signal for term in hit.explanation.terms] == ["lexical"]


def test_a_product_without_a_vector_goes_by_its_words_in_a_hybrid_index(tmp_path: Path) -> None:
    odd = replace(CATALOG[0], description="unencodable", style_id=None)
    encoder = WordEncoder(refused="unencodable")
    with open_shop(tmp_path, products=[odd, *CATALOG[1:]], encoder=encoder) as shop:
        assert [failure.product_id for failure in shop.report.without_vector] == ["p000"]
        titles = [product_of(hit).title for hit in shop.similar("p000").hits]
        assert titles[0] == odd.title


def test_a_product_with_neither_vector_nor_words_is_refused_with_the_reason(
    tmp_path: Path,
) -> None:
    wordless = Product("mute", "???", description="unencodable")
    encoder = WordEncoder(refused="unencodable")
    with (
        open_shop(tmp_path, products=[wordless, *CATALOG], encoder=encoder) as shop,
        pytest.raises(InvalidRequestError, match="'mute' has neither a vector nor words"),
    ):
        shop.similar("mute")


def test_similar_products_obey_filters_facets_boosts_and_pages(shop: FashionShop) -> None:
    plain = shop.similar("p010", limit=ALL, facets=["gender"])
    for value in plain.facets["gender"]:
        after = shop.similar("p010", limit=ALL, filter={"gender": value.value})
        assert after.total == value.count == len(after.hits)
    assert ids(shop.similar("p010", limit=3, offset=2)) == ids(plain)[2:5]
    first, *_, last = ids(plain)
    boost = {"field": "id", "value": last, "factor": 10}
    assert ids(shop.similar("p010", boosts=[boost]))[0] == last != first
    collapsed = shop.similar("p010", limit=ALL, collapse=True)
    assert collapsed.total == len({product_of(hit).group_id for hit in plain.hits})


def test_an_unknown_product_is_not_found_by_name(shop: FashionShop) -> None:
    with pytest.raises(ProductNotFoundError, match="no product has the id 'p999'"):
        shop.similar("p999")
    with pytest.raises(ProductNotFoundError) as caught:
        shop.similar("x" * 10_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"q": "red"}, "q: similar products are found by the product alone"),
        ({"sort": {"field": "price"}}, "sort: similar products"),
        ({"cursor": "abc"}, "cursor: a ranked search pages by offset"),
        ({"filter": {"colour": "red"}}, "cannot filter on 'colour'"),
        ({"hybrid": {"weights": {"text_vector": 0, "lexical": 0}}}, "weighs 0"),
    ],
)
def test_what_does_not_fit_is_refused(
    shop: FashionShop, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        shop.similar("p000", **fields)
