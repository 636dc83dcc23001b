"""Notices: why an answer is empty, when a filter value is to blame."""

from collections.abc import Iterator

from hybrid_search.engines.port import FacetRequest, PagePlan, ResultSet, SearchEngine
from hybrid_search.errors import suggestion
from hybrid_search.query.filters import Filter, TermsFilter, value_text

SUGGESTED_FROM = 1000


def empty_filter_notices(
    engine: SearchEngine, generation: str, filters: tuple[Filter, ...]
) -> Iterator[str]:
    """Yield a notice for each filter value that no product of the index has."""
    for wanted in filters:
        if not isinstance(wanted, TermsFilter):
            continue
        for value in wanted.values:
            alone = ResultSet(filters=(TermsFilter(wanted.field, (value,)),))
            if engine.page(generation, PagePlan(alone)).total > 0:
                continue
            facet = FacetRequest(wanted.field, SUGGESTED_FROM)
            known = engine.page(generation, PagePlan(ResultSet(), facets=(facet,)))
            near = suggestion(
                value_text(value), [found.value for found in known.facets[wanted.field]]
            )
            yield f"no product has {wanted.field} {value_text(value)!r}{near}"
