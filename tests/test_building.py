"""The steps of building a generation, each by itself."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hybrid_search.building import (
    MAX_ATTRIBUTES,
    MAX_FLAT_PRODUCTS,
    TEXT_VECTOR,
    IndexOptions,
    WrittenCatalog,
    abandon,
    add_attribute_names,
    complete,
    encoded_writes,
    go_live,
    new_generation,
    verify,
)
from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import Generation, SearchEngine
from hybrid_search.errors import HybridSearchError, IndexMissingError, VerificationError
from hybrid_search.ranking.candidate import SignalBounds
from tests.fashion_shop import ALIAS, CATALOG, sqlite_engine
from tests.word_encoder import WordEncoder

NOW = datetime(2025, 1, 1, 12, 30, tzinfo=UTC)
OPTIONS = IndexOptions(ALIAS, "english")
REVISION = 7


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SearchEngine]:
    with sqlite_engine(tmp_path) as engine:
        yield engine


@pytest.fixture
def filled(engine: SearchEngine) -> Generation:
    """A generation that holds the catalogue, not yet complete."""
    generation = new_generation(
        OPTIONS, WordEncoder().identity, estimated_products=len(CATALOG), now=NOW
    )
    engine.create_generation(generation)
    writes, _ = encoded_writes(WordEncoder(), CATALOG, REVISION)
    engine.write(generation.name, writes)
    return generation


def test_generations_of_one_moment_have_names_of_their_own() -> None:
    names = {new_generation(OPTIONS, None, estimated_products=1, now=NOW).name for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch(rf"{ALIAS}-20250101-123000-[0-9a-f]{{4}}", name) for name in names)


@pytest.mark.parametrize(
    ("estimated", "expected"), [(MAX_FLAT_PRODUCTS, "flat"), (MAX_FLAT_PRODUCTS + 1, "int8_hnsw")]
)
def test_the_vector_field_is_the_encoders(estimated: int, expected: str) -> None:
    identity = WordEncoder().identity
    (field,) = new_generation(
        OPTIONS, identity, estimated_products=estimated, now=NOW
    ).vector_fields
    assert (field.name, field.index_type) == (TEXT_VECTOR, expected)
    assert (field.encoder_name, field.encoder_fingerprint, field.dimension) == (
        identity.name,
        identity.fingerprint,
        identity.dimension,
    )


def test_names_of_attributes_are_bounded() -> None:
    names: set[str] = set()
    many = [Product(f"p{n}", "x", attributes={f"a{n}": ("y",)}) for n in range(MAX_ATTRIBUTES + 5)]
    add_attribute_names(names, many)
    assert len(names) == MAX_ATTRIBUTES


def test_every_product_is_written_and_those_without_a_vector_are_named() -> None:
    products = [CATALOG[0], replace(CATALOG[1], title="cursed"), CATALOG[2]]
    writes, failures = encoded_writes(WordEncoder(refused="cursed"), products, REVISION)
    assert [write.product for write in writes] == products
    assert [TEXT_VECTOR in write.vectors for write in writes] == [True, False, True]
    assert {write.revision for write in writes} == {REVISION}
    assert [failure.product_id for failure in failures] == [CATALOG[1].id]


def test_without_an_encoder_nobody_is_blamed_for_missing_vectors() -> None:
    writes, failures = encoded_writes(None, CATALOG, REVISION)
    assert [write.product for write in writes] == list(CATALOG)
    assert not any(write.vectors for write in writes)
    assert failures == ()


@pytest.mark.parametrize("changes", [0, 3])
@pytest.mark.parametrize("missing", [-4, -3, -1, 0, 1, 3, 4])
def test_a_count_may_be_off_by_the_changes_made_meanwhile(
    engine: SearchEngine, filled: Generation, missing: int, changes: int
) -> None:
    written = len(CATALOG) + missing
    catalog = WrittenCatalog(written, written, written, changes=changes)
    if abs(missing) <= changes:
        verify(engine, filled.name, catalog)
    else:
        with pytest.raises(VerificationError, match=rf"{written} products were written.*holds 60"):
            verify(engine, filled.name, catalog)


def test_a_complete_generation_says_so_with_its_attributes_and_bounds(
    engine: SearchEngine, filled: Generation
) -> None:
    bounds = {"text": SignalBounds(0.1, 0.0, 0.9)}
    done = complete(engine, filled, attributes={"heel", "fit"}, bounds=bounds)
    assert engine.generations() == (done,)
    assert (done.is_complete, done.attributes) == (True, ("fit", "heel"))
    assert done.vector_fields[0].bounds == bounds


def test_a_switch_that_fails_says_how_to_switch_by_hand(engine: SearchEngine) -> None:
    with pytest.raises(HybridSearchError) as caught:
        go_live(engine, "fashion-nowhere")
    assert caught.value.__notes__ == [
        "'fashion-nowhere' is complete; try `hybrid-search indexes --switch fashion-nowhere`"
    ]


def test_an_abandoned_generation_is_gone(engine: SearchEngine, filled: Generation) -> None:
    error = VerificationError("it failed")
    abandon(engine, filled.name, error)
    assert engine.generations() == ()
    assert not hasattr(error, "__notes__")
    abandon(engine, filled.name, error)
    assert error.__notes__[0].startswith(f"the unfinished index {filled.name!r} could not be")
    with pytest.raises(IndexMissingError):
        engine.count(filled.name)
