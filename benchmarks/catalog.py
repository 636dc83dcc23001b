"""Products for benchmarks: a file of the reader's own, or made-up ones."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.readers import read_catalog
from hybrid_search.catalog.rejects import Rejects

BRANDS = [
    f"{first} {second}"
    for first in ("Red", "Blue", "North", "Casa", "Nova", "Old")
    for second in ("Valley", "Studio", "Atelier", "Works", "Harbor", "Lane", "Mill", "Field")
]
GARMENTS = {
    "dress": ("Women", "Dresses"),
    "skirt": ("Women", "Skirts"),
    "blouse": ("Women", "Tops"),
    "shirt": ("Men", "Shirts"),
    "trousers": ("Men", "Trousers"),
    "jeans": ("Men", "Jeans"),
    "coat": ("Women", "Coats"),
    "jacket": ("Men", "Jackets"),
    "sneakers": ("Shoes", "Sneakers"),
    "boots": ("Shoes", "Boots"),
    "handbag": ("Accessories", "Bags"),
    "hat": ("Accessories", "Hats"),
}
COLORS = ["black", "white", "red", "navy", "olive", "beige", "grey", "pink", "mustard", "teal"]
MATERIALS = ["cotton", "linen", "wool", "silk", "denim", "leather", "polyester", "viscose"]
PATTERNS = ["plain", "striped", "floral", "checked", "dotted", "printed"]
STYLES = ["slim", "loose", "cropped", "long", "oversized", "fitted", "pleated", "wrap", "quilted"]
OCCASIONS = ["office", "party", "beach", "wedding", "sport", "travel", "everyday"]


@dataclass(frozen=True)
class Source:
    """Where benchmark products come from; made up where no file is given."""

    file: Path | None
    fields: Path | None
    size: int

    def products(self) -> Iterator[Product]:
        """Return the products, always the same ones."""
        if self.file is None:
            return made_up_products(self.size)
        field_map = FieldMap.load(self.fields) if self.fields else FieldMap.identity()
        return read_catalog(self.file, field_map, rejects=Rejects())

    @property
    def label(self) -> str:
        """What the products are, for a heading."""
        return self.file.name if self.file else f"{self.size:,} made-up products"


def made_up_products(size: int) -> Iterator[Product]:
    """Yield that many fashion products, deterministic, one at a time."""
    generator = random.Random(7)
    for number in range(size):
        garment = generator.choice(list(GARMENTS))
        color, material = generator.choice(COLORS), generator.choice(MATERIALS)
        pattern, style = generator.choice(PATTERNS), generator.choice(STYLES)
        brand, occasion = generator.choice(BRANDS), generator.choice(OCCASIONS)
        yield Product(
            id=f"p{number}",
            title=f"{brand} {style} {pattern} {garment} in {color}",
            style_id=f"s{number // 3}",
            description=(
                f"A {style} {garment} of {pattern} {material} for {occasion}. "
                f"Model {generator.choice('ABCDEFG')}{generator.randint(10, 99)}-{number % 1000}."
            ),
            brand=brand,
            category=GARMENTS[garment],
            color=(color,),
            material=(material,),
            pattern=(pattern,),
            occasion=(occasion,),
            sizes={size: generator.randint(0, 5) for size in ("S", "M", "L")},
            price_minor=generator.randint(10, 400) * 100 - 1,
            currency="EUR",
            popularity=float(generator.randint(0, 1000)),
            attributes={"fit": (style,), "weight": (float(generator.randint(100, 900)),)},
        )


def made_up_queries(products: list[Product], size: int) -> list[str]:
    """Return queries of two words that stand side by side in titles, all different."""
    generator = random.Random(11)
    queries: dict[str, None] = {}
    while len(queries) < size:
        words = generator.choice(products).title.split()
        if len(words) > 1:
            start = generator.randint(0, len(words) - 2)
            queries[" ".join(words[start : start + 2])] = None
    return list(queries)
