"""What the search page shows: an answer, and the links away from it."""

from dataclasses import dataclass
from math import ceil

from hybrid_search.api.console.page_query import FACETS, PAGE_SIZE, PageQuery, Parameters
from hybrid_search.api.console.why import WhyLine, why_lines, why_summary
from hybrid_search.catalog.currency import decimals, to_major
from hybrid_search.catalog.product import Product
from hybrid_search.response import Hit, SearchResponse


@dataclass(frozen=True, slots=True)
class FacetLink:
    """A value to click; `count` is None for a chosen one that is not among the counted."""

    value: str
    count: int | None
    is_chosen: bool
    link: Parameters


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """The values of one field."""

    name: str
    label: str
    links: tuple[FacetLink, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One product; without a rank and reasons in a list that is not ranked."""

    product: Product
    price: str
    rank: int | None
    score: str
    summary: str
    lines: tuple[WhyLine, ...]


@dataclass(frozen=True, slots=True)
class Paging:
    """Where this page is among the others; a list knows the next one alone."""

    text: str
    previous: Parameters | None
    next: Parameters | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """All that the template shows."""

    query: PageQuery
    response: SearchResponse
    groups: tuple[FacetGroup, ...]
    cards: tuple[Card, ...]
    paging: Paging

    @classmethod
    def of(cls, query: PageQuery, response: SearchResponse) -> "SearchPage":
        """Return the page of an answer to the query's request."""
        groups = (_group(name, query, response) for name in FACETS)
        cards = (_card(hit, hit.product) for hit in response.hits if hit.product is not None)
        is_ranked = response.snapshot is not None or any(hit.rank for hit in response.hits)
        return cls(
            query,
            response,
            tuple(group for group in groups if group.links),
            tuple(cards),
            _ranked_paging(query, response) if is_ranked else _list_paging(query, response),
        )

    @property
    def chosen(self) -> tuple[tuple[str, FacetLink], ...]:
        """The chosen values of all facets, each with the facet's label."""
        return tuple(
            (group.label, link) for group in self.groups for link in group.links if link.is_chosen
        )


def price_text(product: Product) -> str:
    """Return the price with its currency; an empty text when it is unknown."""
    if product.price_minor is None or product.currency is None:
        return ""
    amount = to_major(product.price_minor, product.currency)
    return f"{amount:,.{decimals(product.currency)}f} {product.currency}"


def _group(name: str, query: PageQuery, response: SearchResponse) -> FacetGroup:
    chosen = query.chosen.get(name, ())
    counts = {one.value: one.count for one in response.facets.get(name, ())}
    values = [*counts, *(value for value in chosen if value not in counts)]
    links = (
        FacetLink(value, counts.get(value), value in chosen, query.toggled(name, value))
        for value in values
    )
    return FacetGroup(name, FACETS[name], tuple(links))


def _card(hit: Hit, product: Product) -> Card:
    why = hit.explanation
    return Card(
        product=product,
        price=price_text(product),
        rank=hit.rank,
        score="" if hit.final_score is None else f"{hit.final_score:.3f}",
        summary=why_summary(why) if why else "",
        lines=why_lines(why) if why else (),
    )


def _ranked_paging(query: PageQuery, response: SearchResponse) -> Paging:
    offset = int(query.offset)
    end = offset + PAGE_SIZE
    before = query.page_at(max(offset - PAGE_SIZE, 0), response.snapshot)
    return Paging(
        text=f"Page {offset // PAGE_SIZE + 1} of {max(ceil(response.reachable / PAGE_SIZE), 1)}",
        previous=before if offset else None,
        next=query.page_at(end, response.snapshot) if end < response.reachable else None,
    )


def _list_paging(query: PageQuery, response: SearchResponse) -> Paging:
    after = response.next_cursor
    return Paging(
        text="",
        previous=None if query.is_first_page else query.first_page(),
        next=query.page_after(after) if after else None,
    )
