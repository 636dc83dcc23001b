"""The product: what a shop sells, as every part of the system sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

AttributeValue = str | float | bool

LIST_FIELDS = (
    "category",
    "color",
    "material",
    "pattern",
    "gender",
    "season",
    "occasion",
    "images",
)
"""Fields of a product that are tuples of texts."""

MAX_ID_BYTES = 512


@dataclass(frozen=True, slots=True)
class Product:
    """One sellable product.

    Attributes:
        id: unique in the catalogue, 1 to 512 bytes of UTF-8.
        title: never empty.
        style_id: what the variants of one style share; None means a style of its own.
        category: path from the root, such as `("Women", "Dresses")`.
        sizes: stock in pieces by size name, in the shop's order.
        price_minor: in the currency's minor unit (cents); None when unknown.
        currency: ISO 4217 code; None exactly when `price_minor` is None.
        images: file paths, URLs or object keys, the main image first.
        popularity: 0 or more, in the shop's own unit (sales, clicks).
        updated_at: timezone-aware.
        attributes: anything else that can be filtered and faceted, each a tuple of values.
    """

    id: str
    title: str
    style_id: str | None = None
    description: str = ""
    brand: str | None = None
    category: tuple[str, ...] = ()
    color: tuple[str, ...] = ()
    material: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()
    gender: tuple[str, ...] = ()
    season: tuple[str, ...] = ()
    occasion: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    price_minor: int | None = None
    currency: str | None = None
    images: tuple[str, ...] = ()
    popularity: float | None = None
    updated_at: datetime | None = None
    attributes: Mapping[str, tuple[AttributeValue, ...]] = field(default_factory=dict)

    @property
    def group_id(self) -> str:
        """The style that this product is a variant of, or its own id."""
        return self.style_id or self.id

    @property
    def sizes_in_stock(self) -> tuple[str, ...]:
        """Names of the sizes with at least one piece in stock."""
        return tuple(size for size, stock in self.sizes.items() if stock > 0)

    @property
    def is_in_stock(self) -> bool:
        """Whether any size can be bought; a product without sizes counts as in stock."""
        return not self.sizes or bool(self.sizes_in_stock)
