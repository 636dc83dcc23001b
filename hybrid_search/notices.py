"""Notices: why an answer is empty, when a filter value is to blame."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from hybrid_search.catalog.texts import shown
from hybrid_search.engines.port import FacetRequest, Page, PagePlan, ResultSet, SearchEngine
from hybrid_search.errors import EngineError, suggestion
from hybrid_search.query.filters import Filter, TermsFilter, value_text

SUGGESTED_FROM = 1000
MAX_LOOKED_AT = 10


def empty_filter_notices(
    engine: SearchEngine,
    generation: str,
    filters: Sequence[Filter],
    *,
    deadline_ms: int | None = None,
) -> tuple[str, ...]:
    """Return a notice for each filter value that no product of the index has.

    Only the first few values are looked at. An engine that fails here takes nothing from an
    answer that is ready, so its notices are left out.
    """

    def page(plan: PagePlan) -> Page:
        return engine.page(generation, plan, deadline_ms=deadline_ms)

    try:
        return tuple(_notices(page, filters))
    except EngineError:
        return ()


def _notices(page: Callable[[PagePlan], Page], filters: Sequence[Filter]) -> Iterator[str]:
    values = (
        (one.field, value)
        for one in filters
        if isinstance(one, TermsFilter)
        for value in one.values
    )
    known: dict[str, list[str]] = {}
    for field, value in islice(values, MAX_LOOKED_AT):
        alone = ResultSet(filters=(TermsFilter(field, (value,)),))
        if page(PagePlan(alone)).total:
            continue
        if field not in known:
            facet = FacetRequest(field, SUGGESTED_FROM)
            counted = page(PagePlan(ResultSet(), facets=(facet,))).facets[field]
            known[field] = [one.value for one in counted]
        text = value_text(value)
        yield f"no product has {field} {shown(text)}{suggestion(text, known[field])}"
