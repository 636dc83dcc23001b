"""A small made-up fashion shop on a real SQLite engine, ready to be searched."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product as combinations
from pathlib import Path
from typing import Any

from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.building import TEXT_VECTOR, IndexOptions, IndexReport
from hybrid_search.catalog.product import Product
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.engines.port import SearchEngine
from hybrid_search.engines.sqlite import SqliteEngine
from hybrid_search.indexing import Indexer
from hybrid_search.merchandising.profile import Profile
from hybrid_search.prepared_search import Preparation
from hybrid_search.query.request import SearchRequest
from hybrid_search.query_encoding import QueryEncoder, QueryEncoders
from hybrid_search.response import Hit, SearchResponse
from hybrid_search.search import SearchService
from hybrid_search.snapshots import MemorySnapshots, SnapshotStore
from tests.word_encoder import WordEncoder

ALIAS = "fashion"
DEADLINE_MS = 10_000

_GARMENTS = (
    ("dress", ("Women", "Dresses"), "women"),
    ("skirt", ("Women", "Skirts"), "women"),
    ("shirt", ("Men", "Shirts"), "men"),
    ("sneakers", ("Men", "Shoes", "Sneakers"), "men"),
    ("boots", ("Women", "Shoes", "Boots"), "women"),
)
_BRANDS = ("Acme", "Coco", "Nordlicht & Söhne", "Red Valentino")
_COLORS = ("red", "blue", "green")
_MATERIALS = ("cotton", "silk", "leather")
_FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)


def fashion_product(n: int, garment: int, brand: int, color: int) -> Product:
    noun, category, gender = _GARMENTS[garment]
    material = _MATERIALS[n // 3 % 3]
    has_price = n % 10 != 7
    return Product(
        id=f"p{n:03}",
        # Colours of one garment and brand are the variants of a style.
        style_id=f"s{garment}{brand}",
        title=f"{_COLORS[color]} {material} {noun}",
        description=f"A {noun} made of {material} for every day, number {n}",
        brand=None if n % 20 == 19 else _BRANDS[brand],
        category=category,
        color=(_COLORS[color],),
        material=(material,),
        gender=(gender,),
        sizes={"S": n % 2, "M": n % 3},
        price_minor=1000 + 137 * (n % 9) if has_price else None,
        currency="EUR" if has_price else None,
        popularity=None if n % 8 == 5 else float(n % 6),
        updated_at=_FIRST_DAY + timedelta(days=n % 12),
        attributes={"fit": ("slim",) if n % 2 else ("regular", "tall"), "heel": (n % 4 * 1.5,)},
    )


CATALOG: tuple[Product, ...] = tuple(
    fashion_product(n, *places)
    for n, places in enumerate(
        combinations(range(len(_GARMENTS)), range(len(_BRANDS)), range(len(_COLORS)))
    )
)
"""60 products: every garment by every brand in every colour."""


@dataclass(frozen=True)
class FashionShop:
    """A service with its engine."""

    engine: SearchEngine
    service: SearchService
    report: IndexReport

    def search(self, q: str = "", **fields: Any) -> SearchResponse:
        """Search as an integrator does, from decoded JSON."""
        return self.service.search(SearchRequest.parse({"q": q, **fields}))

    def similar(self, product_id: str, **fields: Any) -> SearchResponse:
        return self.service.similar(product_id, SearchRequest.parse(fields))


def ids(response: SearchResponse) -> list[str]:
    return [hit.product_id for hit in response.hits]


def product_of(hit: Hit) -> Product:
    assert hit.product is not None
    return hit.product


def search_service(
    engine: SearchEngine,
    encoder: QueryEncoder | None,
    *,
    profile: Profile | None = None,
    snapshots: SnapshotStore | None = None,
    deadline_ms: int = DEADLINE_MS,
) -> SearchService:
    encoders = {} if encoder is None else {TEXT_VECTOR: encoder}
    return SearchService(
        engine,
        Preparation(
            QueryEncoders(encoders, deadline_ms=deadline_ms),
            Vocabulary(None),
            profile or Profile(),
        ),
        snapshots or MemorySnapshots(),
        deadline_ms=deadline_ms,
    )


@contextmanager
def open_shop(
    folder: Path,
    *,
    products: Sequence[Product] = CATALOG,
    encoder: Encoder | None = None,
    profile: Profile | None = None,
) -> Iterator[FashionShop]:
    """Index the products in a database of that folder and open a service on them."""
    with sqlite_engine(folder) as engine:
        indexer = Indexer(engine, encoder, IndexOptions(ALIAS, "english"))
        report = indexer.reindex(products, estimated_products=len(products))
        yield FashionShop(engine, search_service(engine, encoder, profile=profile), report)


@contextmanager
def open_hybrid_shop(folder: Path, *, profile: Profile | None = None) -> Iterator[FashionShop]:
    with open_shop(folder, encoder=WordEncoder(), profile=profile) as shop:
        yield shop


@contextmanager
def sqlite_engine(folder: Path) -> Iterator[SqliteEngine]:
    engine = SqliteEngine(folder / "fashion.db", alias=ALIAS)
    try:
        yield engine
    finally:
        engine.close()
