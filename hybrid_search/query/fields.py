"""The fields of an index: what can be searched, filtered, faceted and sorted by."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from hybrid_search.catalog.texts import shown
from hybrid_search.errors import UnknownFieldError, suggestion

FieldType = Literal["keyword", "number", "boolean", "date"]

ATTRIBUTE_PREFIX = "attributes."

TEXT_FIELDS = (
    "title",
    "brand",
    "category",
    "color",
    "material",
    "pattern",
    "gender",
    "season",
    "occasion",
    "description",
    "attributes",
)
"""Searched by the lexical signal; a profile gives each a weight."""

FIXED_FIELDS: dict[str, FieldType] = {
    "id": "keyword",
    "style_id": "keyword",
    "brand": "keyword",
    "category": "keyword",
    "color": "keyword",
    "material": "keyword",
    "pattern": "keyword",
    "gender": "keyword",
    "season": "keyword",
    "occasion": "keyword",
    "sizes": "keyword",
    "sizes_in_stock": "keyword",
    "in_stock": "boolean",
    "price": "number",
    "currency": "keyword",
    "popularity": "number",
    "updated_at": "date",
}
"""Filterable in every index. `price` is in major units; `category` holds every ancestor path."""

SORTABLE_FIELDS = ("id", "title", "price", "popularity", "updated_at")


@dataclass(frozen=True, slots=True)
class FieldCatalog:
    """The filterable fields of one index: the fixed ones and its catalogue's attributes."""

    attributes: Collection[str]

    def type_of(self, field: str, *, purpose: str) -> FieldType:
        """Return the type of a filterable field.

        `purpose` completes the message: "filter on", "facet by".

        Raises:
            UnknownFieldError: the index has no such field; the text names the near ones.
        """
        if field in FIXED_FIELDS:
            return FIXED_FIELDS[field]
        name = field.removeprefix(ATTRIBUTE_PREFIX)
        if name != field and name in self.attributes:
            return "keyword"
        fixed = ", ".join(FIXED_FIELDS)
        known = [*FIXED_FIELDS, *(ATTRIBUTE_PREFIX + attribute for attribute in self.attributes)]
        raise UnknownFieldError(
            f"cannot {purpose} {shown(field)}; fields are: {fixed}, and "
            f"attributes.NAME for {len(self.attributes)} attributes of this catalogue"
            f"{suggestion(field, known)}"
        )
