"""Calibration: which cosine similarities mean something, read off the catalogue itself.

Encoders differ in the band their cosines lie in, and so do kinds of query within one encoder.
When a generation is built, a sample of its products is compared with made-up queries, and the
bounds of each kind are kept with the generation.
"""

import random
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from hybrid_search.catalog.product import Product
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.ranking.candidate import SignalBounds
from hybrid_search.reservoir import Reservoir

TEXT = "text"
"""A query in words."""
PRODUCT = "product"
"""A query by the vector of a product."""

SAMPLE_PRODUCTS = 1000
SAMPLE_QUERIES = 200
QUERY_WORDS = 2
FLOOR_QUANTILE = 0.95
MIN_SAMPLE = 20

Matrix = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float32]


class ProductSample:
    """A uniform sample of a stream of products with their vectors."""

    def __init__(self, generator: random.Random, size: int = SAMPLE_PRODUCTS) -> None:
        self._pairs = Reservoir[tuple[Product, Vector]](generator, size)

    @property
    def products(self) -> list[Product]:
        """The products that are kept."""
        return [product for product, _ in self._pairs.kept]

    @property
    def vectors(self) -> list[Vector]:
        """Their vectors, in the same order."""
        return [vector for _, vector in self._pairs.kept]

    def add(self, product: Product, vector: Vector) -> None:
        """Offer the next product of the stream."""
        place = self._pairs.next_place()
        if place is not None:
            # A copy, because a view would keep the whole batch of the vector in memory.
            self._pairs.put(place, (product, vector.copy()))


def calibrate_sample(
    encoder: Encoder, sample: ProductSample, generator: random.Random
) -> dict[str, SignalBounds]:
    """Return the bounds of every kind of query that the sample is large enough for."""
    if not sample.products:
        return {}
    documents = np.stack(sample.vectors)
    queries = encoder.encode_queries(sample_queries(sample.products, generator))
    kinds = {TEXT: calibrate(queries, documents), PRODUCT: calibrate_products(documents)}
    return {kind: bounds for kind, bounds in kinds.items() if bounds is not None}


def sample_queries(products: Sequence[Product], generator: random.Random) -> list[str]:
    """Return made-up queries: two words that stand side by side in the titles of some products."""
    chosen = generator.sample(list(products), min(SAMPLE_QUERIES, len(products)))
    return list(_word_pairs(chosen, generator))


def calibrate(queries: Matrix, documents: Matrix) -> SignalBounds | None:
    """Return the bounds of one kind of query, or None when the sample is too small to tell.

    With C the cosines of every query with every document: `lower` is the median of C, what
    unrelated pairs have; `floor` is the 95th percentile of C; `upper` is the median over queries
    of each one's best cosine.

    Args:
        queries: unit vectors, shape `(number, dimension)`.
        documents: unit vectors of a uniform sample of products, same dimension.
    """
    if min(len(queries), len(documents)) < MIN_SAMPLE:
        return None
    cosines = queries @ documents.T
    return _bounds(cosines)


def calibrate_products(documents: Matrix) -> SignalBounds | None:
    """Return the bounds for queries by a product's vector; a product is not its own neighbour."""
    if len(documents) < MIN_SAMPLE:
        return None
    cosines = documents[:SAMPLE_QUERIES] @ documents.T
    np.fill_diagonal(cosines, np.nan)
    return _bounds(cosines)


def _bounds(cosines: npt.NDArray[np.float32]) -> SignalBounds:
    lower, floor = np.nanquantile(cosines, [0.5, FLOOR_QUANTILE])
    upper = max(float(np.median(np.nanmax(cosines, axis=1))), float(floor))
    return SignalBounds(float(floor), float(lower), upper)


def _word_pairs(products: Iterable[Product], generator: random.Random) -> Iterator[str]:
    for product in products:
        words = product.title.split()
        start = generator.randint(0, max(0, len(words) - QUERY_WORDS))
        yield " ".join(words[start : start + QUERY_WORDS])
