"""What of a product an encoder of text reads."""

from hybrid_search.catalog.product import Product

MAX_DESCRIPTION = 1000


def document_text(product: Product) -> str:
    """Return brand, title, category, appearance and description as sentences, in that order.

    Encoders cut long texts, so what tells products apart comes first. A brand that the title
    already has is not said again.
    """
    brand = product.brand or ""
    has_brand = brand.lower() in product.title.lower()
    parts = [
        product.title if has_brand else f"{brand} {product.title}",
        " ".join(product.category[-1:]),
        " ".join((*product.color, *product.material, *product.pattern)),
        " ".join((*product.gender, *product.season, *product.occasion)),
        product.description[:MAX_DESCRIPTION],
    ]
    return ". ".join(part for part in parts if part)
