"""Whether an answer is one that the description of the service promises."""

import http.client
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from fuzz.messages import Answer, HttpRequest
from hybrid_search.api.schemas import ErrorAnswer, PlanAnswer, ProductAnswer, SearchAnswer

MODELS: Mapping[str, type[BaseModel]] = {
    "/v1/search": SearchAnswer,
    "/v1/similar/{product_id}": SearchAnswer,
    "/v1/products/{product_id}": ProductAnswer,
    "/v1/plan": PlanAnswer,
    "/v1/rank": SearchAnswer,
}
NO_FAULT_OF_SERVERS = frozenset({http.client.GATEWAY_TIMEOUT})
"""A short deadline of the request is no defect; no other server fails while we fuzz."""


class Verdict:
    """Compares answers with the description."""

    def __init__(self, description: Any) -> None:
        """Use the OpenAPI document of the service."""
        self._paths = description["paths"]

    def defect(self, request: HttpRequest, answer: Answer) -> str | None:
        """Return what is wrong with an answer, or None."""
        if answer.status == 0:
            return f"no answer: {answer.body.decode()}"
        if answer.status >= http.client.INTERNAL_SERVER_ERROR and (
            answer.status not in NO_FAULT_OF_SERVERS
        ):
            return f"status {answer.status}"
        operation = self._paths.get(request.route, {}).get(request.method.lower())
        if operation is not None and str(answer.status) not in operation["responses"]:
            return f"undocumented status {answer.status}"
        is_good = answer.status == http.client.OK
        model = MODELS.get(request.route, ErrorAnswer) if is_good else ErrorAnswer
        try:
            read = model.model_validate_json(answer.body, extra="forbid")
        except ValidationError as error:
            return f"no {model.__name__}: {error.errors(include_url=False)[0]['msg']}"
        if isinstance(read, SearchAnswer):
            return _search_defect(read)
        code = json.loads(answer.body).get("error", {}).get("code")
        return "an error without a code" if not is_good and not code else None


def _search_defect(answer: SearchAnswer) -> str | None:
    if any(hit.rank is not None and hit.final_score is None for hit in answer.hits):
        return "a ranked hit without a finite score"
    if answer.reachable > answer.total or answer.total < 0:
        return "more products are reachable than there are"
    return None
