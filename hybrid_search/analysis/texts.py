"""Which words of a product are searched, field by field."""

from collections.abc import Mapping

from hybrid_search.catalog.product import Product


def searched_texts(product: Product) -> Mapping[str, tuple[str, ...]]:
    """Return the values of every text field, by field name.

    `category` has the name of each level, `attributes` the values that are text; numbers and
    booleans are for filters.
    """
    return {
        "title": (product.title,),
        "brand": (product.brand,) if product.brand else (),
        "category": product.category,
        "color": product.color,
        "material": product.material,
        "pattern": product.pattern,
        "gender": product.gender,
        "season": product.season,
        "occasion": product.occasion,
        "description": (product.description,) if product.description else (),
        "attributes": tuple(
            value
            for values in product.attributes.values()
            for value in values
            if isinstance(value, str)
        ),
    }
