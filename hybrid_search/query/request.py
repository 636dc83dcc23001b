"""The search request as the integrator writes it, checked whole before anything is done."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from hybrid_search.errors import InvalidRequestError
from hybrid_search.query.filters import Filter, FilterValue, RangeFilter, TermsFilter, value_text
from hybrid_search.query.problems import describe_problems

MAX_QUERY_LENGTH = 500
MAX_WINDOW = 1000
MAX_LIMIT = 250
MAX_FILTERS = 50
MAX_FILTER_VALUES = 500
MAX_FACETS = 30
MAX_BOOSTS = 20
MIN_BOOST = 0.1
MAX_BOOST = 10.0

FusionMethod = Literal["convex", "rrf"]
Normalization = Literal["theoretical", "min_max", "z_score", "l2", "distribution"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class RangeBounds(_Model):
    """Bounds of a range filter, such as `{"gte": 10, "lt": 50}`."""

    gte: float | str | None = None
    gt: float | str | None = None
    lte: float | str | None = None
    lt: float | str | None = None

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.gte is self.gt is self.lte is self.lt is None:
            msg = "a range needs at least one of gte, gt, lte, lt"
            raise ValueError(msg)
        return self


class HybridOptions(_Model):
    """How signals become one fused score; a field left out takes the profile's value.

    Attributes:
        method: `convex` combination of normalized scores, or weighted `rrf`.
        weights: by signal, 0 or more; signals that are not named keep the profile's weight.
        rank_constant: the k of reciprocal rank fusion, 1 or more.
        window: candidates that each signal contributes, and the length of the fused ranking.
    """

    method: FusionMethod | None = None
    weights: Mapping[str, Annotated[float, Field(ge=0, le=1000)]] | None = None
    normalization: Normalization | None = None
    rank_constant: Annotated[int, Field(ge=1, le=100_000)] | None = None
    window: Annotated[int, Field(ge=1, le=MAX_WINDOW)] | None = None


class Boost(_Model):
    """Multiply the fused score of products whose `field` has `value` by `factor`."""

    field: str
    value: str | bool
    factor: Annotated[float, Field(gt=0)]

    @property
    def value_text(self) -> str:
        """The value as engines store it."""
        return value_text(self.value)


class Diversity(_Model):
    """Spread the first places: maximal marginal relevance and a cap per brand.

    Attributes:
        mmr_lambda: 1 keeps the ranking, 0 looks at difference alone.
        depth: how many first places are rearranged.
        brand_cap: greatest number of products of one brand in the first `depth` places.
    """

    mmr_lambda: Annotated[float, Field(ge=0, le=1)] | None = None
    depth: Annotated[int, Field(ge=1, le=100)] = 24
    brand_cap: Annotated[int, Field(ge=1)] | None = None


class Sort(_Model):
    """Order a list by a field instead of by relevance; ties by product id."""

    field: Literal["id", "title", "price", "popularity", "updated_at"]
    order: Literal["asc", "desc"] = "asc"


class SearchRequest(_Model):
    """One search. Without `q` (or with nothing but punctuation in it) it is a browse.

    Attributes:
        q: what the shopper typed; nothing in it is query syntax.
        filter: by field, a value, a list of values (any of them) or bounds; fields are ANDed.
        facets: fields to count values of; a count is the total after choosing that value.
        facet_size: values returned for each facet, the most frequent first.
        sort: a field order instead of relevance.
        limit: hits on this page; never changes their order.
        offset: hits skipped, within the window of a ranked search.
        cursor: goes on with a browse or a sorted list; from the former answer.
        collapse: keep the best variant of each style; totals and facets then count styles.
        explain: return every term of every score.
    """

    q: Annotated[str, Field(max_length=MAX_QUERY_LENGTH)] = ""
    filter: Mapping[str, FilterValue | tuple[FilterValue, ...] | RangeBounds] = Field(
        default_factory=dict, max_length=MAX_FILTERS
    )
    facets: tuple[str, ...] = Field(default=(), max_length=MAX_FACETS)
    facet_size: Annotated[int, Field(ge=1, le=1000)] = 20
    sort: Sort | None = None
    limit: Annotated[int, Field(ge=0, le=MAX_LIMIT)] = 24
    offset: Annotated[int, Field(ge=0)] = 0
    cursor: str | None = None
    hybrid: HybridOptions = HybridOptions()
    boosts: tuple[Boost, ...] = Field(default=(), max_length=MAX_BOOSTS)
    diversity: Diversity | None = None
    collapse: bool = False
    explain: bool = False

    @field_validator("filter", "facets", "boosts", mode="before")
    @classmethod
    def _accept_lists(cls, value: object) -> object:
        if isinstance(value, list):
            return tuple(value)
        if isinstance(value, Mapping):
            return {k: tuple(v) if isinstance(v, list) else v for k, v in value.items()}
        return value

    @field_validator("filter")
    @classmethod
    def _bounded_values(cls, value: Mapping[str, object]) -> Mapping[str, object]:
        for field, wanted in value.items():
            if isinstance(wanted, tuple) and not 1 <= len(wanted) <= MAX_FILTER_VALUES:
                msg = f"{field!r} has {len(wanted)} values; give 1 to {MAX_FILTER_VALUES}"
                raise ValueError(msg)
        return value

    @classmethod
    def parse(cls, data: object) -> Self:
        """Return the request that a decoded JSON object describes.

        Raises:
            InvalidRequestError: a field is unknown or has a value out of range; all problems
                are named at once, each with its path.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise InvalidRequestError(describe_problems(error, cls)) from error

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters in the engines' terms."""
        return tuple(_filter(field, wanted) for field, wanted in self.filter.items())


def _filter(field: str, wanted: FilterValue | tuple[FilterValue, ...] | RangeBounds) -> Filter:
    if isinstance(wanted, RangeBounds):
        return RangeFilter(field, wanted.gte, wanted.gt, wanted.lte, wanted.lt)
    return TermsFilter(field, wanted if isinstance(wanted, tuple) else (wanted,))
