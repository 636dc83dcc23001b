"""One generation of one engine, with the questions that the contract asks of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.analysis.parsing import parse_query
from hybrid_search.analysis.synonyms import Synonyms
from hybrid_search.analysis.terms import LexicalQuery
from hybrid_search.engines.port import (
    Generation,
    Page,
    PagePlan,
    ProductDelete,
    ProductWrite,
    ResultSet,
    RetrievalPlan,
    SearchEngine,
    SortOrder,
    VectorField,
    WriteReport,
)
from hybrid_search.query.fields import TEXT_FIELDS
from hybrid_search.query.filters import TermsFilter
from hybrid_search.ranking.candidate import CandidateSet

EVERY_FIELD: Mapping[str, float] = dict.fromkeys(TEXT_FIELDS, 1.0)
BY_ID = SortOrder("id", is_descending=False)
ALL = 1000

_ENGLISH = ShopAnalyzer("english")


def unique_alias() -> str:
    return f"contract-{uuid4().hex[:12]}"


def words(
    text: str, *rules: str, weights: Mapping[str, float] = EVERY_FIELD, minimum: int | None = None
) -> LexicalQuery:
    """Return the parsed words of a query, with synonyms by `rules`."""
    query = parse_query(text, Synonyms.parse(rules, _ENGLISH), weights)
    if query is None:
        msg = f"{text!r} has no words"
        raise ValueError(msg)
    return query if minimum is None else replace(query, minimum_groups=minimum)


@dataclass(frozen=True)
class Shop:
    """A generation with its engine."""

    engine: SearchEngine
    generation: Generation

    @property
    def name(self) -> str:
        return self.generation.name

    def field(self, name: str) -> VectorField:
        return {one.name: one for one in self.generation.vector_fields}[name]

    def write(self, *changes: ProductWrite | ProductDelete) -> WriteReport:
        """Write and make visible."""
        report = self.engine.write(self.name, changes)
        self.engine.refresh(self.name)
        return report

    def retrieve(
        self,
        results: ResultSet,
        *,
        window: int = ALL,
        boosted: tuple[TermsFilter, ...] = (),
        value_fields: tuple[str, ...] = (),
    ) -> CandidateSet:
        plan = RetrievalPlan(results, window, boosted, value_fields)
        retrieval = self.engine.retrieve(self.name, plan)
        assert retrieval.degraded == ()
        return retrieval.candidates

    def page(self, plan: PagePlan) -> Page:
        page = self.engine.page(self.name, plan)
        assert page.degraded == ()
        return page

    def total(self, results: ResultSet, *, is_collapsed: bool = False) -> int:
        total = self.page(PagePlan(results, is_collapsed=is_collapsed)).total
        assert total is not None
        return total

    def ids(self, results: ResultSet) -> list[str]:
        """Return the ids of all results, in their order."""
        page = self.page(PagePlan(results, sort=BY_ID, limit=ALL))
        return [product.id for product in page.products]

    def pages(self, plan: PagePlan) -> Iterator[list[str]]:
        """Return the ids of page after page of an ordered list, to its end."""
        seen = 0
        while True:
            page = self.page(plan)
            yield [product.id for product in page.products]
            seen += len(page.products)
            assert len(page.products) <= plan.limit
            assert page.total is not None
            assert seen <= page.total
            if not page.next_after:
                return
            assert page.products, "a page that goes on shows something"
            plan = replace(plan, after=page.next_after)


def flat(pages: Iterator[list[str]]) -> list[str]:
    return [product_id for page in pages for product_id in page]


def lexical_ids(shop: Shop, query: LexicalQuery) -> Sequence[str]:
    return shop.retrieve(ResultSet(lexical=query)).legs["lexical"]
