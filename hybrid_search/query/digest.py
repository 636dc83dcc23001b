"""Which requests ask for the same products in the same order."""

import hashlib
import json

from hybrid_search.query.request import SearchRequest

PAGE_FIELDS = {
    "cursor",
    "snapshot",
    "limit",
    "offset",
    "facets",
    "facet_size",
    "explain",
    "deadline_ms",
}
"""They choose no product and no order, so cursors and snapshots stay good when they change."""


def request_digest(request: SearchRequest, scope: str = "") -> str:
    """Return a short hash, equal for requests that differ in their page alone.

    Args:
        request: what was asked.
        scope: what the request's own fields do not say, such as a product to be like.
    """
    return digest([scope, request.model_dump(mode="json", exclude=PAGE_FIELDS)])


def digest(content: object) -> str:
    """Return a short hash of JSON-serialisable data."""
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
