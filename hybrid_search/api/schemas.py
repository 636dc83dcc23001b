"""Requests and answers of the HTTP interface that have no other place, as they are documented."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hybrid_search.query.request import MAX_DEADLINE_MS, MAX_LIMIT, SearchRequest

MAX_ANSWERS = 1000
MAX_CHANGES = 1000


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class PlanRequest(_Request):
    """A search to be planned.

    Attributes:
        request: as for a search, without a snapshot.
        has_products: whether answers carry whole products, so that `rank` returns them.
    """

    request: SearchRequest = SearchRequest()
    has_products: bool = False


class RankRequest(_Request):
    """The answers to a plan's searches.

    Attributes:
        request: the one that was planned; `limit`, `offset` and `explain` may differ.
        plan: the `plan` of the answer to `/v1/plan`.
        responses: the list of that name in the answer of `_msearch`, unchanged.
    """

    request: SearchRequest = SearchRequest()
    plan: Annotated[str, Field(max_length=100_000)]
    responses: Annotated[list[Any], Field(max_length=MAX_ANSWERS)]


class BulkRequest(_Request):
    """Changes of single products.

    Attributes:
        upserts: whole products, as records with the names of the product's fields.
        deletes: ids.
    """

    upserts: Annotated[list[dict[str, Any]], Field(max_length=MAX_CHANGES)] = []
    deletes: Annotated[list[str], Field(max_length=MAX_CHANGES)] = []


class JobRequest(_Request):
    """A reindex.

    Attributes:
        source: `file` of the catalogue folder, or `live`: the products of the live index.
        file: its path in the catalogue folder.
        fields: path of its field map in the catalogue folder.
        is_strict: whether one bad line fails the job before anything is written.
    """

    source: Literal["file", "live"]
    file: Annotated[str, Field(max_length=1000)] | None = None
    fields: Annotated[str, Field(max_length=1000)] | None = None
    is_strict: bool = False


class JobPath(BaseModel):
    """A job in the path."""

    job_id: str


class ChangeModel(BaseModel):
    """What became of one change: `accepted`, or `refused` with the reason."""

    product_id: str | None
    status: Literal["accepted", "refused"]
    reason: str | None = None


class BulkAnswer(BaseModel):
    """What became of each change: the upserts in their order, then the deletes."""

    accepted: int
    refused: int
    changes: list[ChangeModel]


class JobAnswer(BaseModel):
    """How far a job is."""

    job: dict[str, Any]


def _json(example: str) -> Any:
    return Field(description=f"JSON, such as `{example}`.")


class SearchParameters(BaseModel):
    """A search in query parameters: texts as they are, everything else in JSON."""

    q: str = ""
    filter: Annotated[str, _json('{"brand":"Acme","price":{"lte":50}}')] = "{}"
    facets: list[str] = []
    facet_size: int = 20
    sort: Annotated[str, _json('{"field":"price","order":"asc"}')] = "null"
    limit: Annotated[int, Field(ge=0, le=MAX_LIMIT)] = 24
    offset: Annotated[int, Field(ge=0)] = 0
    cursor: str | None = None
    snapshot: str | None = None
    hybrid: Annotated[str, _json('{"weights":{"text_vector":0.3}}')] = "{}"
    boosts: Annotated[str, _json('[{"field":"brand","value":"Acme","factor":1.3}]')] = "[]"
    diversity: Annotated[str, _json('{"brand_cap":3}')] = "null"
    collapse: bool = False
    explain: bool = False
    deadline_ms: Annotated[int, Field(ge=1, le=MAX_DEADLINE_MS)] | None = None


class ProductPath(BaseModel):
    """A product in the path; its id may have slashes."""

    product_id: str


class FacetCount(BaseModel):
    """A value and the total after choosing it alone."""

    value: str
    count: int


class HitModel(BaseModel):
    """One product of a page."""

    product_id: str
    product: dict[str, Any] | None = None
    rank: int | None = None
    final_score: float | None = None
    explanation: dict[str, Any] | None = None


class AppliedModel(BaseModel):
    """What shaped the answer."""

    generation: str
    profile: str
    profile_version: int


class DegradationModel(BaseModel):
    """A part of the answer that is missing, and why."""

    stage: str
    reason: str


class SearchAnswer(BaseModel):
    """One page of results, with facets and totals of the whole result set."""

    query_id: str
    total: int
    reachable: int
    hits: list[HitModel]
    facets: dict[str, list[FacetCount]]
    snapshot: str | None = None
    next_cursor: str | None = None
    applied: AppliedModel
    notices: list[str]
    degraded: list[DegradationModel]
    took_ms: dict[str, float]


class ProductAnswer(BaseModel):
    """One product of the live index."""

    product: dict[str, Any]


class PlanAnswer(BaseModel):
    """What to send: the searches as lines of JSON, to this path of Elasticsearch."""

    plan: str
    method: str = "POST"
    path: str
    searches: list[dict[str, Any]]


class ErrorBody(BaseModel):
    """What was wrong, the value, and what to do."""

    code: str
    message: str
    request_id: str


class ErrorAnswer(BaseModel):
    """The shape of every error."""

    error: ErrorBody


class HealthAnswer(BaseModel):
    """Whether this process can serve, and what is wrong otherwise."""

    status: str
    problems: list[str] = []
