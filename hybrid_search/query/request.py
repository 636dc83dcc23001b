"""The search request as the integrator writes it, checked whole before anything is done."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from hybrid_search.errors import InvalidRequestError
from hybrid_search.query.filters import Filter, FilterValue, RangeFilter, TermsFilter, value_text
from hybrid_search.query.problems import describe_problems

MAX_QUERY_LENGTH = 500
MAX_WINDOW = 1000
MAX_LIMIT = 250
MAX_CURSOR_LENGTH = 100_000
MAX_SNAPSHOT_LENGTH = 100
MAX_DEADLINE_MS = 60_000
MAX_FILTERS = 50
MAX_FILTER_VALUES = 500
MAX_FACETS = 30
MAX_BOOSTS = 20
MIN_BOOST = 0.1
MAX_BOOST = 10.0

FusionMethod = Literal["convex", "rrf"]
Normalization = Literal["theoretical", "min_max", "z_score", "l2", "distribution"]


def _checked_value(value: object) -> object:
    """Refuse what no filter compares with; otherwise each branch of the union would complain."""
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            msg = "has half of a surrogate pair; correct its Unicode escapes"
            raise ValueError(msg)
    elif not isinstance(value, bool) and not _is_finite_number(value):
        msg = "has to be a text, a finite number, true or false"
        raise ValueError(msg)
    return value


def _checked_bound(value: object) -> object:
    if value is not None and not isinstance(value, str) and not _is_finite_number(value):
        msg = "has to be a finite number, or a date as a text"
        raise ValueError(msg)
    return value


def _is_finite_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _not_empty(values: tuple[FilterValue, ...]) -> tuple[FilterValue, ...]:
    if not values:
        msg = "has no values; give at least one, or leave the filter out"
        raise ValueError(msg)
    return values


def _filter_kind(value: object) -> str:
    if isinstance(value, Mapping | RangeBounds):
        return "(bounds)"
    return "(values)" if isinstance(value, tuple) else "(value)"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


_Value = Annotated[FilterValue, BeforeValidator(_checked_value)]
_Bound = Annotated[float | str | None, BeforeValidator(_checked_bound)]


class RangeBounds(_Model):
    """Bounds of a range filter, such as `{"gte": 10, "lt": 50}`."""

    gte: _Bound = None
    gt: _Bound = None
    lte: _Bound = None
    lt: _Bound = None

    @model_validator(mode="after")
    def _has_bounds(self) -> Self:
        if self.gte is self.gt is self.lte is self.lt is None:
            msg = "needs at least one of gte, gt, lte, lt"
            raise ValueError(msg)
        if None not in (self.gte, self.gt) or None not in (self.lte, self.lt):
            msg = "takes one of gte and gt, and one of lte and lt"
            raise ValueError(msg)
        return self


_Values = Annotated[
    tuple[_Value, ...], Field(max_length=MAX_FILTER_VALUES), AfterValidator(_not_empty)
]
_Wanted = Annotated[
    Annotated[_Value, Tag("(value)")]
    | Annotated[_Values, Tag("(values)")]
    | Annotated[RangeBounds, Tag("(bounds)")],
    Discriminator(_filter_kind),
]


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
    value: _Value
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
        snapshot: another page of the ranking that a former answer was cut from; the rest of the
            request is the same but for its page.
        collapse: keep the best variant of each style; totals and facets then count styles.
        explain: return every term of every score.
        deadline_ms: longest wait for the answer; what is late is left out and named in `degraded`.
    """

    q: Annotated[str, Field(max_length=MAX_QUERY_LENGTH)] = ""
    filter: Mapping[str, _Wanted] = Field(default_factory=dict, max_length=MAX_FILTERS)
    facets: tuple[str, ...] = Field(default=(), max_length=MAX_FACETS)
    facet_size: Annotated[int, Field(ge=1, le=1000)] = 20
    sort: Sort | None = None
    limit: Annotated[int, Field(ge=0, le=MAX_LIMIT)] = 24
    offset: Annotated[int, Field(ge=0)] = 0
    cursor: Annotated[str, Field(max_length=MAX_CURSOR_LENGTH)] | None = None
    snapshot: Annotated[str, Field(min_length=1, max_length=MAX_SNAPSHOT_LENGTH)] | None = None
    hybrid: HybridOptions = HybridOptions()
    boosts: tuple[Boost, ...] = Field(default=(), max_length=MAX_BOOSTS)
    diversity: Diversity | None = None
    collapse: bool = False
    explain: bool = False
    deadline_ms: Annotated[int, Field(ge=1, le=MAX_DEADLINE_MS)] | None = None

    @field_validator("facets", "boosts", mode="before")
    @classmethod
    def _accept_list(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("filter", mode="before")
    @classmethod
    def _accept_lists_of_values(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {
            field: tuple(wanted) if isinstance(wanted, list) else wanted
            for field, wanted in value.items()
        }

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
