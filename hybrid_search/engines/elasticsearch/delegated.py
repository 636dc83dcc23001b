"""Searches that somebody else sends to Elasticsearch: bodies out, answers in, nothing is sent."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, Field, FiniteFloat, TypeAdapter, ValidationError

from hybrid_search.catalog.product import Product
from hybrid_search.catalog.texts import shown
from hybrid_search.engines.elasticsearch.documents import SOURCE_FIELDS, read_product
from hybrid_search.engines.elasticsearch.queries import (
    MSEARCH_PARAMETERS,
    page_searches,
    retrieval_legs,
)
from hybrid_search.engines.elasticsearch.responses import failure_of, read_candidates, read_page
from hybrid_search.engines.port import DelegatedAnswer, PagePlan, Retrieval, RetrievalPlan
from hybrid_search.errors import InvalidPlanError

MSEARCH_PATH = f"/_msearch?{urlencode(MSEARCH_PARAMETERS)}"

_Id = Annotated[str, Field(alias="_id")]


class _Hit(BaseModel):
    id: _Id
    fields: dict[str, list[str | bool | FiniteFloat]] = {}
    matched_queries: dict[str, FiniteFloat] = {}


class _Hits(BaseModel):
    hits: list[_Hit]


class _Shards(BaseModel):
    total: int
    failed: int


class _Answer(BaseModel):
    hits: _Hits
    timed_out: bool
    shards: Annotated[_Shards, Field(alias="_shards")]


class _Failure(BaseModel):
    error: dict[str, Any]


_ANSWERS = TypeAdapter(list[_Answer | _Failure])


class ElasticsearchBodies:
    """Builds the bodies of searches and reads their answers; stateless."""

    @property
    def path(self) -> str:
        """Where one `_msearch` takes all of the searches."""
        return MSEARCH_PATH

    def searches(
        self,
        name: str,
        retrieval: RetrievalPlan | None,
        page: PagePlan,
        *,
        has_products: bool,
        deadline_ms: int | None,
    ) -> list[dict[str, Any]]:
        """Return headers and bodies in turn, for one `_msearch` to `path`.

        Args:
            name: of the generation.
            retrieval: of a ranked search; None for an ordered list.
            page: totals and facets, and the products of an ordered list.
            has_products: whether hits of a ranked search carry their products.
            deadline_ms: longest time of each search.
        """
        searches: list[dict[str, Any]] = []
        if retrieval is not None:
            for leg in retrieval_legs(name, retrieval, deadline_ms=deadline_ms):
                source = {"_source": list(SOURCE_FIELDS)} if has_products else {}
                searches += [leg.header, {**leg.body, **source}]
        for search in page_searches(name, page, deadline_ms=deadline_ms).values():
            searches += search
        return searches

    def read(
        self,
        name: str,
        retrieval: RetrievalPlan | None,
        page: PagePlan,
        answers: Sequence[object],
        *,
        has_products: bool,
    ) -> DelegatedAnswer:
        """Return what the answers say, given the arguments that their searches were made with.

        Raises:
            InvalidPlanError: they are not the answers to those searches, or none is whole.
        """
        legs = [] if retrieval is None else retrieval_legs(name, retrieval, deadline_ms=None)
        purposes = page_searches(name, page, deadline_ms=None)
        checked = _checked(answers, len(legs) + len(purposes))
        of_legs, of_page = checked[: len(legs)], checked[len(legs) :]
        try:
            found = Retrieval(*read_candidates(legs, of_legs, retrieval)) if retrieval else None
            counted = read_page(dict(zip(purposes, of_page, strict=True)), page)
            products = _products(of_legs) if has_products else {}
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            msg = f"responses: they are not the answers to this plan's searches ({error!r})"
            raise InvalidPlanError(msg) from error
        if found is not None and len(found.degraded) == len(legs):
            msg = f"responses: no search of the plan was answered: {found.degraded[0].reason}"
            raise InvalidPlanError(msg)
        return DelegatedAnswer(found, counted, products)


def _checked(answers: Sequence[object], number: int) -> list[Mapping[str, Any]]:
    if len(answers) != number:
        msg = f"responses: {len(answers)} were given; the plan has {number} searches"
        raise InvalidPlanError(f"{msg}, each with an answer in the same order")
    try:
        _ANSWERS.validate_python(answers)
    except ValidationError as error:
        (first, *_) = error.errors(include_url=False)
        path = ".".join(str(step) for step in first["loc"])
        msg = (
            f"responses.{path}: {first['msg']}, got {shown(first['input'])}; give the list "
            "`responses` that _msearch returned, unchanged"
        )
        raise InvalidPlanError(msg) from error
    return [answer for answer in answers if isinstance(answer, Mapping)]


def _products(answers: Sequence[Mapping[str, Any]]) -> dict[str, Product]:
    return {
        hit["_id"]: read_product(hit["_source"])
        for answer in answers
        if failure_of(answer) is None
        for hit in answer["hits"]["hits"]
    }
