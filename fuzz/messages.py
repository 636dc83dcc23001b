"""What is sent to the service and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SHOWN = 3000


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is sent.

    Attributes:
        route: the path as it is described.
        search: the search that was asked for, where it is whole.
    """

    method: str
    route: str
    target: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    search: Any = None

    def shown(self) -> str:
        """Return the request as a person repeats it."""
        body = self.body if self.body is None else self.body[:SHOWN]
        return f"{self.method} {self.target[:SHOWN]} {dict(self.headers)} {body!r}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 when nothing did."""

    status: int
    body: bytes
    headers: Mapping[str, str]
