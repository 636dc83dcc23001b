from hybrid_search.analysis.texts import searched_texts
from hybrid_search.catalog.product import Product
from hybrid_search.query.fields import TEXT_FIELDS


def test_every_text_field_is_there_and_no_other() -> None:
    assert tuple(searched_texts(Product(id="1", title="Shoe"))) == TEXT_FIELDS


def test_values_are_the_words_that_a_shopper_may_type() -> None:
    product = Product(
        id="1",
        title="Maxi dress",
        brand="Acme",
        category=("Women", "Dresses"),
        color=("red", "blue"),
        attributes={"fit": ("slim",), "weight": (3.5,), "vegan": (True,)},
    )
    texts = searched_texts(product)
    assert texts["brand"] == ("Acme",)
    assert texts["category"] == ("Women", "Dresses")
    assert texts["color"] == ("red", "blue")
    assert texts["attributes"] == ("slim",)
    assert texts["description"] == ()
