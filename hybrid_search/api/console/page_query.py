"""What the address of the search page asks for, and the addresses that it links to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from hybrid_search.query.request import SearchRequest

PAGE_SIZE = 24
FACET_SIZE = 12
FACETS: Mapping[str, str] = {
    "brand": "Brand",
    "category": "Category",
    "color": "Colour",
    "material": "Material",
    "sizes_in_stock": "Size in stock",
}
"""Labels of the facets, by field, in the order of the page."""

Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One address of the search page.

    Attributes:
        chosen: values by the field of a facet; any of a field's values, all fields.
        offset: as it was written when it is no number, so that the error can show it.
    """

    q: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    snapshot: str | None = None
    cursor: str | None = None
    offset: int | str = 0

    @classmethod
    def read(cls, arguments: MultiDict[str, str]) -> "PageQuery":
        """Return what query parameters ask for; unknown ones are left alone."""
        chosen = {
            name: tuple(dict.fromkeys(value for value in arguments.getlist(name) if value))
            for name in FACETS
        }
        return cls(
            q=arguments.get("q", "").strip(),
            chosen={name: values for name, values in chosen.items() if values},
            snapshot=arguments.get("snapshot") or None,
            cursor=arguments.get("cursor") or None,
            offset=_number(arguments.get("offset") or "0"),
        )

    @property
    def is_first_page(self) -> bool:
        """Whether nothing precedes this page."""
        return self.cursor is None and self.offset == 0

    def request(self) -> SearchRequest:
        """Return the search.

        Raises:
            InvalidRequestError: a value is out of range.
        """
        return SearchRequest.parse(
            {
                "q": self.q,
                "filter": {name: list(values) for name, values in self.chosen.items()},
                "facets": list(FACETS),
                "facet_size": FACET_SIZE,
                "limit": PAGE_SIZE,
                "offset": self.offset,
                "snapshot": self.snapshot,
                "cursor": self.cursor,
                "explain": True,
            }
        )

    def first_page(self) -> Parameters:
        """Return the parameters of the same search, made anew."""
        return self._parameters(self.chosen)

    def page_at(self, offset: int, snapshot: str | None) -> Parameters:
        """Return the parameters of another page of the same ranking."""
        kept = {"snapshot": snapshot} if snapshot else {}
        return self.first_page() | kept | ({"offset": offset} if offset else {})

    def page_after(self, cursor: str) -> Parameters:
        """Return the parameters of the page that a cursor leads to."""
        return self.first_page() | {"cursor": cursor}

    def toggled(self, name: str, value: str) -> Parameters:
        """Return the parameters with a facet's value chosen, or not any more."""
        values = self.chosen.get(name, ())
        others = tuple(one for one in values if one != value)
        toggled = others if value in values else (*values, value)
        return self._parameters({**self.chosen, name: toggled})

    def without_filters(self) -> Parameters:
        """Return the parameters of the same words alone."""
        return self._parameters({})

    def _parameters(self, chosen: Mapping[str, tuple[str, ...]]) -> Parameters:
        words = {"q": self.q} if self.q else {}
        return words | {name: list(chosen[name]) for name in FACETS if chosen.get(name)}


def _number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text
