"""Cursors: where a browse or a sorted list goes on."""

import base64
import json
from dataclasses import dataclass

from hybrid_search.catalog.texts import shown
from hybrid_search.errors import InvalidCursorError
from hybrid_search.query.digest import digest, request_digest
from hybrid_search.query.request import SearchRequest

After = tuple[str | float | None, ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in the list that one request makes of one generation."""

    generation: str
    after: After

    def write(self, request: SearchRequest) -> str:
        """Return the cursor as text, bound to the request."""
        content = [self.generation, list(self.after), request_digest(request), self._checksum()]
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
            generation, after, asked, checksum = json.loads(base64.urlsafe_b64decode(padded))
            cursor = cls(_text(generation), tuple(_position_value(value) for value in after))
            if checksum != cursor._checksum():
                raise ValueError(checksum)
        except (ValueError, TypeError, RecursionError) as error:
            msg = f"cursor {shown(text)} is not one that this service made; start without a cursor"
            raise InvalidCursorError(msg) from error
        if asked != request_digest(request):
            msg = (
                "the cursor belongs to a request with another q, filter, sort or collapse; "
                "start without a cursor"
            )
            raise InvalidCursorError(msg)
        return cursor

    def _checksum(self) -> str:
        """Tell changed cursors from whole ones; it keeps no secret."""
        return digest([self.generation, list(self.after)])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _position_value(value: object) -> str | float | None:
    if value is not None and not isinstance(value, str | float | int):
        raise TypeError(value)
    return value
