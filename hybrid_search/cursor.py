"""Cursors: where a browse or a sorted list goes on."""

import base64
import hashlib
import json
from dataclasses import dataclass

from hybrid_search.errors import InvalidCursorError
from hybrid_search.query.request import SearchRequest

After = tuple[str | float | None, ...]

PAGE_FIELDS = {"cursor", "limit", "facets", "facet_size", "explain"}
"""A cursor stays good when these change; they choose no product and no order."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in the list that one request makes of one generation."""

    generation: str
    after: After

    def write(self, request: SearchRequest) -> str:
        """Return the cursor as text, bound to the request."""
        content = [self.generation, _digest(request), list(self.after)]
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, request: SearchRequest) -> "Cursor":
        """Return the position that a cursor of the same request stands for.

        Raises:
            InvalidCursorError: it is not a cursor, or belongs to another request.
        """
        try:
            padded = text + "=" * (-len(text) % 4)
            generation, digest, after = json.loads(base64.urlsafe_b64decode(padded))
            position = tuple(after)
        except (ValueError, TypeError) as error:
            msg = f"cursor {text[:40]!r} is not one that this service made; start without a cursor"
            raise InvalidCursorError(msg) from error
        if digest != _digest(request):
            msg = (
                "the cursor belongs to a request with another q, filter, sort or collapse; "
                "start without a cursor"
            )
            raise InvalidCursorError(msg)
        return cls(generation, position)


def _digest(request: SearchRequest) -> str:
    content = json.dumps(request.model_dump(mode="json", exclude=PAGE_FIELDS), sort_keys=True)
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
