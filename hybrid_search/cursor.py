"""Cursors: where a browse or a sorted list goes on."""

import base64
import hashlib
import json
from dataclasses import dataclass

from hybrid_search.catalog.texts import shown
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
        content = [self.generation, list(self.after), _digest(request), self._checksum()]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, request: SearchRequest) -> "Cursor":
        """Return the position that a cursor of the same request stands for.

        Raises:
            InvalidCursorError: it is not a cursor, was changed, or belongs to another request.
        """
        try:
            padded = text + "=" * (-len(text) % 4)
            generation, after, digest, checksum = json.loads(base64.urlsafe_b64decode(padded))
            cursor = cls(generation, tuple(after))
            is_whole = _is_position(generation, after) and checksum == cursor._checksum()
        except (ValueError, TypeError, RecursionError):
            is_whole = False
        if not is_whole:
            msg = f"cursor {shown(text)} is not one that this service made; start without a cursor"
            raise InvalidCursorError(msg)
        if digest != _digest(request):
            msg = (
                "the cursor belongs to a request with another q, filter, sort or collapse; "
                "start without a cursor"
            )
            raise InvalidCursorError(msg)
        return cursor

    def _checksum(self) -> str:
        """Tell changed cursors from whole ones; it keeps no secret."""
        return _hash([self.generation, list(self.after)])


def _is_position(generation: object, after: object) -> bool:
    return isinstance(generation, str) and all(
        value is None or (isinstance(value, str | float | int) and not isinstance(value, bool))
        for value in (after if isinstance(after, list) else [after])
    )


def _digest(request: SearchRequest) -> str:
    return _hash(request.model_dump(mode="json", exclude=PAGE_FIELDS))


def _hash(content: object) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
