"""The search engine as the rest of the system sees it: plans go in, complete scores come out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from hybrid_search.analysis.terms import LexicalQuery
from hybrid_search.catalog.product import Product
from hybrid_search.query.filters import Filter, TermsFilter
from hybrid_search.ranking.candidate import CandidateSet, SignalBounds

Vector = npt.NDArray[np.float32]
VectorKind = Literal["single", "multi"]
IndexType = Literal["flat", "int8_hnsw", "hnsw"]


@dataclass(frozen=True, slots=True)
class VectorField:
    """A field of vectors; its name is also the name of its signal.

    Attributes:
        kind: `single` vector a product, or `multi`: several, of which the best one counts.
        index_type: `flat` is exact; the others are approximate and ignored by exact engines.
        encoder_name: what made the vectors, as settings call it.
        encoder_fingerprint: its hash of weights and preprocessing.
        bounds: calibrated by kind of query (`text`, `product`); empty until it is calibrated.
    """

    name: str
    dimension: int
    kind: VectorKind
    index_type: IndexType
    encoder_name: str
    encoder_fingerprint: str
    bounds: Mapping[str, SignalBounds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Generation:
    """One built index behind the alias.

    Attributes:
        name: unique, made of the alias and a creation stamp; sorts by age.
        created_at: ISO 8601, UTC.
        language: whose stemmer analyses the text.
        attributes: names of the free attributes that its products have.
        is_complete: whether it was built to its end; an incomplete one may still be growing.
        is_live: whether the alias points to it.
        is_current: whether this version of the program can search it.
    """

    name: str
    created_at: str
    language: str
    vector_fields: tuple[VectorField, ...] = ()
    attributes: tuple[str, ...] = ()
    is_complete: bool = False
    is_live: bool = False
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class ProductWrite:
    """The full state of a product to store.

    Attributes:
        revision: the engine keeps the write with the highest revision of an id.
        vectors: by field name, shape `(number, dimension)`; exactly one row when `single`. A
            field left out means that the product has no such vector.
    """

    product: Product
    revision: int
    vectors: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProductDelete:
    """The removal of a product, with its place in the order of changes."""

    product_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class WriteFailure:
    """A change that the engine refused, with the engine's own reason."""

    product_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of a batch of changes.

    Attributes:
        written: changes that took effect.
        stale: ids whose stored revision is already as high or higher; they were left alone.
        failures: changes that were refused, with the reason.
    """

    written: int
    stale: tuple[str, ...] = ()
    failures: tuple[WriteFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class VectorClause:
    """Nearest neighbours of one vector on one field.

    Attributes:
        field: the vector field, which is also the signal.
        vector: a unit vector of the field's dimension.
        floor: cosine similarity below which a product is not a result.
    """

    field: VectorField
    vector: Vector
    floor: float = -1.0


@dataclass(frozen=True, slots=True)
class ResultSet:
    """Which products are results, whatever their order.

    A product is a result when it obeys every filter and none of `hidden`, and its words match
    or its cosine on any vector clause is at or above that clause's floor. With neither words nor
    vectors every product that obeys the filters is a result. A result that a vector alone found
    has a `bm25_score` of 0.

    Filters are as `checked_filters` returns them: a bound on `updated_at` is a full ISO 8601 time
    with an offset from UTC, any other bound a number.
    """

    lexical: LexicalQuery | None = None
    vectors: tuple[VectorClause, ...] = ()
    filters: tuple[Filter, ...] = ()
    hidden: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class RetrievalPlan:
    """What one search needs from the engine to rank.

    Attributes:
        results: which products may be candidates.
        window: candidates that each leg contributes.
        boosted: values that have a leg of their own beside the signals' legs, so that a boost
            reaches beyond the window.
        value_fields: keyword fields whose values ranking needs for each candidate.
    """

    results: ResultSet
    window: int
    boosted: tuple[TermsFilter, ...] = ()
    value_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Degradation:
    """A part of the answer that is missing, and why."""

    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Candidates with their true score on every signal.

    Attributes:
        degraded: legs that failed or were late; the other legs are whole.
    """

    candidates: CandidateSet
    degraded: tuple[Degradation, ...] = ()


@dataclass(frozen=True, slots=True)
class FacetRequest:
    """Count the values of a field; the field's own filter is left out of its counts."""

    field: str
    size: int


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet and the total after choosing it alone."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SortOrder:
    """Order by a field, products without it last, ties by product id ascending."""

    field: str
    is_descending: bool


@dataclass(frozen=True, slots=True)
class PagePlan:
    """What one page shows: totals and facets of the results, and some of their products.

    Attributes:
        product_ids: the products to show, for a ranked search.
        sort: for a list that the engine orders itself; `product_ids` is then empty.
        after: position of the former page's last product, from `Page.next_after`.
        limit: products of an ordered list.
        is_collapsed: show the first product of each group, and count groups.
        is_counted: whether totals and facets are wanted beside the products.
    """

    results: ResultSet
    product_ids: tuple[str, ...] = ()
    facets: tuple[FacetRequest, ...] = ()
    sort: SortOrder | None = None
    after: tuple[str | float | None, ...] = ()
    limit: int = 0
    is_collapsed: bool = False
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """Products in the order asked for, with totals and facets of the whole result set.

    Attributes:
        products: those of `product_ids` that exist, in that order, or the ordered list.
        total: None when it was not wanted, or late.
        facets: by field, most frequent value first, equal counts by value.
        next_after: where the ordered list goes on; empty at its end.
        reachable: how far an ordered list can be paged, when that is not to its end.
        degraded: totals and facets that failed or were late beside products that are there.
    """

    products: tuple[Product, ...]
    total: int | None
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    next_after: tuple[str | float | None, ...] = ()
    reachable: int | None = None
    degraded: tuple[Degradation, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """Whether an engine can serve, for the operator.

    Attributes:
        server: product and version.
        license: `basic`, `trial` ... or an empty text where there is none.
        problems: what is wrong, each with what to do; empty when all is well.
    """

    server: str
    license: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DelegatedAnswer:
    """What the answers to delegated searches say.

    Attributes:
        retrieval: None for an ordered list.
        products: of the candidates, by id; empty when they were not asked for.
    """

    retrieval: Retrieval | None
    page: Page
    products: Mapping[str, Product] = field(default_factory=dict)


class DelegatedSearches(Protocol):
    """Searches that somebody else sends to an engine: bodies out, answers in.

    Both methods take the same plans: those of a ranked search, or of an ordered list, which has no
    `retrieval`. `has_products` makes the hits of a ranked search carry their products.
    """

    @property
    def path(self) -> str:
        """Where the engine takes the searches, with the parameters that they need."""

    def searches(
        self,
        name: str,
        retrieval: RetrievalPlan | None,
        page: PagePlan,
        *,
        has_products: bool,
        deadline_ms: int | None,
    ) -> list[dict[str, Any]]:
        """Return what has to be sent, in the engine's own terms."""

    def read(
        self,
        name: str,
        retrieval: RetrievalPlan | None,
        page: PagePlan,
        answers: Sequence[object],
        *,
        has_products: bool,
    ) -> DelegatedAnswer:
        """Return what the answers say.

        Raises:
            InvalidPlanError: they are not the answers to those searches.
        """


class SearchEngine(Protocol):
    """Generations of products behind one alias.

    Methods raise `EngineUnavailableError`, `EngineTimeoutError`, `EngineReadOnlyError` or
    `EngineAccessError` for what their names say, and `IndexMissingError` for a generation that
    does not exist. A deadline is in milliseconds; None leaves it to the engine's own timeout.
    """

    def health(self) -> Health:
        """Return what the server is and what is wrong with it."""

    def generations(self) -> tuple[Generation, ...]:
        """Return all generations of the alias, oldest first."""

    def live_generation(self) -> Generation:
        """Return the generation that the alias points to."""

    def create_generation(self, generation: Generation) -> None:
        """Create an empty generation, ready for bulk writing and not yet live."""

    def describe_generation(self, generation: Generation) -> None:
        """Replace what is kept about a generation: attributes and bounds of vector fields."""

    def switch(self, name: str) -> None:
        """Make a generation live in one step; a reader meets the old one or the new one."""

    def drop(self, name: str) -> None:
        """Delete a generation that is not live."""

    def write(self, name: str, changes: Iterable[ProductWrite | ProductDelete]) -> WriteReport:
        """Apply changes, each on its own; a stale or refused one does not stop the others."""

    def refresh(self, name: str) -> None:
        """Make all that was written visible to searches."""

    def count(self, name: str) -> int:
        """Return the number of visible products."""

    def fetch(self, name: str, product_ids: Sequence[str]) -> Mapping[str, Product]:
        """Return the products that exist, by id."""

    def fetch_vectors(
        self, name: str, field_name: str, product_ids: Sequence[str]
    ) -> Mapping[str, npt.NDArray[np.float32]]:
        """Return the stored vectors, by product id, each of shape `(number, dimension)`."""

    def retrieve(
        self, name: str, plan: RetrievalPlan, *, deadline_ms: int | None = None
    ) -> Retrieval:
        """Return the candidates of every leg, each with its score on every signal.

        Filters apply before nearest neighbours are chosen. Within a leg equal scores are
        ordered by product id. A leg that fails or is late is named in `degraded`; when every
        leg fails, the error of the first is raised.
        """

    def page(self, name: str, plan: PagePlan, *, deadline_ms: int | None = None) -> Page:
        """Return totals, facets and products for one page.

        Totals that fail or are late are named in `degraded` when the plan names its products.
        """

    def close(self) -> None:
        """Release connections."""
