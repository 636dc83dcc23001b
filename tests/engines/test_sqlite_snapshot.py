"""What a process keeps in memory follows the database, whoever writes to it."""

import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import (
    FacetRequest,
    Page,
    PagePlan,
    ProductDelete,
    ProductWrite,
    ResultSet,
    Retrieval,
    RetrievalPlan,
    SearchEngine,
)
from hybrid_search.engines.sqlite import SqliteEngine
from hybrid_search.engines.sqlite.generations import GenerationTables, stored_generation
from hybrid_search.engines.sqlite.snapshot import (
    GenerationMemories,
    GenerationMemory,
    RecentResults,
)
from hybrid_search.query.filters import TermsFilter
from tests.contracts.sample_catalog import WRITES, clause, sample_generation, unit_rows
from tests.contracts.shop import words

NAME = "products-1"
GENERATION = sample_generation(NAME, "flat")
TEXT, IMAGE = GENERATION.vector_fields
FACETS = tuple(FacetRequest(field, 50) for field in ("brand", "color"))


def change(place: int, version: int, kind: int) -> ProductWrite | ProductDelete:
    product_id = f"id{place * 7 % 40:02}"
    if kind == 0:
        return ProductDelete(product_id, version)
    product = Product(
        product_id,
        f"{('red', 'blue', 'green')[version % 3]} dress",
        style_id=f"s{version % 5}",
        brand=f"brand {version % 4}",
        color=("red", "blue")[: kind % 3],
        popularity=float(version % 6) if kind > 1 else None,
    )
    vectors = {"text_vector": unit_rows(version, 1)} if kind > 1 else {}
    if kind != 2:
        vectors["image_vector"] = unit_rows(version + 1, kind)
    return ProductWrite(product, version, vectors)


def answers(engine: SearchEngine) -> tuple[list[Retrieval], list[Page]]:
    vectors = (clause(TEXT, 1, 0.0), clause(IMAGE, 2, 0.1))
    sets = [
        ResultSet(words("red dress"), vectors),
        ResultSet(filters=(TermsFilter("brand", ("brand 1", "brand 2")),)),
        ResultSet(words("blue"), filters=(TermsFilter("color", ("red",)),)),
    ]
    retrievals = [
        engine.retrieve(NAME, RetrievalPlan(results, 6, value_fields=("brand",)))
        for results in sets
    ]
    pages = [
        engine.page(NAME, PagePlan(results, facets=FACETS, limit=50, is_collapsed=is_collapsed))
        for results in sets
        for is_collapsed in (False, True)
    ]
    return retrievals, pages


@settings(max_examples=25, deadline=None, database=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 39), st.integers(0, 3)), min_size=1, max_size=6),
        min_size=1,
        max_size=8,
    )
)
def test_following_changes_gives_the_same_answers_as_loading_everything(
    batches: Sequence[Sequence[tuple[int, int]]],
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "search.db"
        long_lived = SqliteEngine(path)
        long_lived.create_generation(GENERATION)
        long_lived.write(NAME, [change(place, place + 1, 3) for place in range(30)])
        answers(long_lived)
        writer = SqliteEngine(path)
        version = 100
        for batch in batches:
            version += 10
            writer.write(
                NAME,
                [change(place, version + n, kind) for n, (place, kind) in enumerate(batch)],
            )
            fresh = SqliteEngine(path)
            assert answers(long_lived) == answers(fresh)
            fresh.close()
        long_lived.close()
        writer.close()


def test_a_search_never_mixes_two_states(tmp_path: Path) -> None:
    """Every batch gives all products one new brand, word and vector; a search sees one of them."""
    path = tmp_path / "search.db"
    number, batches = 40, 25
    engine = SqliteEngine(path)
    engine.create_generation(GENERATION)

    def batch(version: int) -> list[ProductWrite]:
        word = f"word{'abcdefghijklmnopqrstuvwxyz'[version % 26]}"
        vectors = {"text_vector": unit_rows(version, 1)}
        return [
            ProductWrite(Product(f"p{n}", word, brand=word), version, vectors)
            for n in range(number)
        ]

    engine.write(NAME, batch(1))
    is_over = threading.Event()
    problems: list[object] = []

    def search_on_and_on(searcher: SqliteEngine) -> None:
        plan = PagePlan(ResultSet(), facets=(FacetRequest("brand", 99),), limit=number)
        while not is_over.is_set():
            page = searcher.page(NAME, plan)
            titles = {product.title for product in page.products}
            (brand,) = page.facets["brand"]
            if (brand.count, page.total, titles) != (number, number, {brand.value}):
                problems.append((brand, page.total, titles))
            results = ResultSet(words(brand.value), (clause(TEXT, 1),))
            retrieval = searcher.retrieve(
                NAME, RetrievalPlan(results, number, value_fields=("brand",))
            )
            found = retrieval.candidates
            brands = {value for one in found.candidates.values() for value in one.values["brand"]}
            cosines = {one.cosine_similarities["text_vector"] for one in found.candidates.values()}
            is_whole = len(found.legs["lexical"]) == (number if brands == {brand.value} else 0)
            if len(brands) != 1 or len(cosines) != 1 or not is_whole:
                problems.append((brands, cosines, found.legs))

    other = SqliteEngine(path)
    threads = [
        threading.Thread(target=search_on_and_on, args=(searcher,))
        for searcher in (engine, engine, other)
    ]
    for thread in threads:
        thread.start()
    try:
        for version in range(2, batches):
            engine.write(NAME, batch(version))
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert problems == []
    engine.close()
    other.close()


def test_a_transaction_older_than_what_is_in_memory_begins_anew(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "search.db")
    engine.create_generation(GENERATION)
    engine.write(NAME, WRITES)
    memory = GenerationMemory()
    pool = engine._pool
    with pool.reading() as older:
        tables = GenerationTables(older, stored_generation(older, NAME))
        engine.write(NAME, [ProductWrite(Product("new", "New"), 1)])
        with pool.reading() as newer:
            later = memory.snapshot(
                GenerationTables(newer, stored_generation(newer, NAME)), ["brand"], []
            )
            assert later is not None
            assert later.roster.ids[-1] == "new"
        assert memory.snapshot(tables, ["brand"], []) is None
    engine.close()


def test_only_the_last_few_results_are_remembered() -> None:
    recent = RecentResults[object]()
    first = recent.get(0, object)
    assert recent.get(0, object) is first
    for key in range(1, 8):
        recent.get(key, object)
    assert recent.get(0, object) is first
    for key in range(10, 18):
        recent.get(key, object)
    assert recent.get(0, object) is not first


def test_only_the_generations_searched_last_stay_in_memory() -> None:
    memories = GenerationMemories()
    first = memories.of(1)
    second = memories.of(2)
    assert memories.of(1) is first
    memories.of(3)
    assert memories.of(1) is first
    assert memories.of(2) is not second
