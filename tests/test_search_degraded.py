"""Encoders that fail, are late, or belong to another index."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hybrid_search.encoders.protocol import Matrix
from hybrid_search.engines.port import Degradation, Page, PagePlan
from hybrid_search.engines.sqlite import SqliteEngine
from hybrid_search.errors import EncoderMismatchError
from tests.fashion_shop import (
    ALIAS,
    CATALOG,
    FashionShop,
    ids,
    open_hybrid_shop,
    open_shop,
    search_service,
)
from tests.word_encoder import LateEncoder, WordEncoder

ALL = 250


class NanEncoder(WordEncoder):
    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        return np.full((len(texts), self.identity.dimension), np.nan, dtype=np.float32)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FashionShop]:
    with open_hybrid_shop(tmp_path_factory.mktemp("degraded")) as shop:
        yield shop


def with_encoder(shop: FashionShop, encoder: WordEncoder, deadline_ms: int = 10_000) -> FashionShop:
    return replace(shop, service=search_service(shop.engine, encoder, deadline_ms=deadline_ms))


def test_a_failing_encoder_leaves_an_answer_by_words(shop: FashionShop) -> None:
    failing = with_encoder(shop, WordEncoder(refused="dress"))
    response = failing.search("red dress", limit=ALL)
    (degraded,) = response.degraded
    assert degraded.stage == "encode:text_vector"
    assert "cannot be encoded" in degraded.reason
    by_words = shop.search("red dress", limit=ALL, hybrid={"weights": {"text_vector": 0}})
    assert ids(response) == ids(by_words)
    assert response.total == by_words.total
    assert failing.search("skirt").degraded == ()


def test_words_count_when_only_vectors_were_asked_for_and_are_missing(shop: FashionShop) -> None:
    failing = with_encoder(shop, WordEncoder(refused="dress"))
    response = failing.search("red dress", hybrid={"weights": {"lexical": 0}})
    assert response.hits
    assert [part.stage for part in response.degraded] == ["encode:text_vector"]


def test_a_late_encoder_is_not_waited_for(shop: FashionShop) -> None:
    encoder = LateEncoder()
    try:
        response = with_encoder(shop, encoder, deadline_ms=20).search("red dress")
    finally:
        encoder.gate.set()
    assert response.hits
    assert [(part.stage, part.reason) for part in response.degraded] == [
        ("encode:text_vector", "no vector within 20 ms")
    ]


class PartialEngine(SqliteEngine):
    """An engine that cannot count in time."""

    def page(self, name: str, plan: PagePlan, *, deadline_ms: int | None = None) -> Page:
        page = super().page(name, plan, deadline_ms=deadline_ms)
        return replace(page, degraded=(Degradation("page:facets", "late"),))


def test_what_is_missing_from_a_page_is_told(tmp_path: Path) -> None:
    with open_hybrid_shop(tmp_path) as shop:
        engine = shop.engine
        assert isinstance(engine, SqliteEngine)
        partial = PartialEngine(engine._path, alias=ALIAS)
        service = search_service(partial, WordEncoder())
        for q in ("red dress", ""):
            response = replace(shop, service=service).search(q)
            assert response.degraded == (Degradation("page:facets", "late"),)
        partial.close()


def test_a_query_vector_of_nan_degrades(shop: FashionShop) -> None:
    (degraded,) = with_encoder(shop, NanEncoder()).search("red dress").degraded
    assert degraded.stage == "encode:text_vector"
    assert "'test:words' gave no 64 finite numbers" in degraded.reason


@pytest.mark.parametrize("q", ["red dress", ""])
def test_another_encoder_is_refused_with_both_names(shop: FashionShop, q: str) -> None:
    other = WordEncoder(name="test:other", fingerprint="fedcba9876543210")
    with pytest.raises(EncoderMismatchError) as caught:
        with_encoder(shop, other).search(q)
    for named in ("'test:words' (0123456789ab)", "'test:other' (fedcba987654)", "index"):
        assert named in str(caught.value)


def test_the_same_model_under_another_name_is_accepted(shop: FashionShop) -> None:
    moved = with_encoder(shop, WordEncoder(name="onnx:elsewhere"))
    assert ids(moved.search("red dress")) == ids(shop.search("red dress"))


def test_a_cursor_never_mixes_the_vectors_of_two_encoders(tmp_path: Path) -> None:
    with open_hybrid_shop(tmp_path) as old:
        cursor = old.search("red", sort={"field": "price"}, limit=3).next_cursor
        other = WordEncoder(name="test:other", fingerprint="fedcba9876543210")
        with (
            open_shop(tmp_path, encoder=other) as new,
            pytest.raises(EncoderMismatchError, match="test:words"),
        ):
            new.search("red", sort={"field": "price"}, limit=3, cursor=cursor)


def test_an_index_without_vectors_says_that_the_encoder_is_of_no_use(tmp_path: Path) -> None:
    with open_shop(tmp_path) as lexical:
        response = with_encoder(lexical, WordEncoder()).search("red dress")
        assert response.hits
        (degraded,) = response.degraded
        assert degraded.stage == "encode:text_vector"
        assert "has no vectors; index it with the encoder set" in degraded.reason


def test_without_an_encoder_an_index_with_vectors_is_searched_by_words(
    shop: FashionShop,
) -> None:
    lexical = replace(shop, service=search_service(shop.engine, None))
    response = lexical.search("red dress", limit=ALL)
    (missing,) = response.degraded
    assert missing.stage == "encode:text_vector"
    assert "HYBRID_SEARCH_TEXT_ENCODER" in missing.reason
    assert ids(response) == ids(
        shop.search("red dress", limit=ALL, hybrid={"weights": {"text_vector": 0}})
    )


def test_a_product_without_a_vector_is_ranked_by_its_words_alone(tmp_path: Path) -> None:
    odd = replace(CATALOG[0], description="unencodable")
    encoder = WordEncoder(refused="unencodable")
    with open_shop(tmp_path, products=[odd, *CATALOG[1:]], encoder=encoder) as shop:
        hits = {hit.product_id: hit for hit in shop.search("red dress", explain=True).hits}
        explanation = hits["p000"].explanation
        assert explanation is not None
        assert [(term.signal, term.share) for term in explanation.terms] == [("lexical", 1.0)]
        assert explanation.absent_signals == ("text_vector",)
        assert explanation.rebuild_final_score() == hits["p000"].final_score
        others = [hit.explanation for pid, hit in hits.items() if pid != "p000"]
        assert {one.absent_signals for one in others if one} == {()}
