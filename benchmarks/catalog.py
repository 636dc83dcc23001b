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

VARIANTS = 3


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
    """Yield that many fashion products, deterministic; each style comes in three colors."""
    generator = random.Random(7)
    for start in range(0, size, VARIANTS):
        garment = generator.choice(list(GARMENTS))
        material, pattern = generator.choice(MATERIALS), generator.choice(PATTERNS)
        style, brand = generator.choice(STYLES), generator.choice(BRANDS)
        occasion, price = generator.choice(OCCASIONS), generator.randint(10, 400) * 100 - 1
        model = f"{generator.choice('ABCDEFG')}{generator.randint(10, 99)}-{start % 1000}"
        colors = generator.sample(COLORS, VARIANTS)
        for number, color in zip(range(start, min(start + VARIANTS, size)), colors, strict=False):
            yield Product(
                id=f"p{number}",
                title=f"{brand} {style} {pattern} {garment} in {color}",
                style_id=f"s{start}",
                description=f"{material} {garment}, {style}, for {occasion}. Model {model}.",
                brand=brand,
                category=GARMENTS[garment],
                color=(color,),
                material=(material,),
                pattern=(pattern,),
                occasion=(occasion,),
                sizes={name: generator.randint(0, 5) for name in ("S", "M", "L")},
                price_minor=price,
                currency="EUR",
                popularity=float(generator.randint(0, 1000)),
                attributes={"fit": (style,), "weight": (float(generator.randint(100, 900)),)},
            )


def made_up_queries(products: list[Product], size: int) -> list[str]:
    """Return queries of two or three words that stand side by side in titles."""
    generator = random.Random(11)
    queries = []
    for product in generator.choices(products, k=size):
        words = product.title.split()
        length = generator.randint(2, 3)
        start = generator.randint(0, max(0, len(words) - length))
        queries.append(" ".join(words[start : start + length]))
    return queries
