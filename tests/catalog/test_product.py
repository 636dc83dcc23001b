from hybrid_search.catalog.product import Product


def test_a_product_without_a_style_is_a_group_of_its_own() -> None:
    assert Product(id="p1", title="Dress").group_id == "p1"
    assert Product(id="p1", title="Dress", style_id="s1").group_id == "s1"


def test_sizes_in_stock_keep_the_order_of_the_shop() -> None:
    product = Product(id="p1", title="Dress", sizes={"XL": 1, "M": 0, "S": 3})
    assert product.sizes_in_stock == ("XL", "S")


def test_a_product_is_in_stock_unless_every_size_is_sold_out() -> None:
    assert Product(id="p1", title="Dress").is_in_stock
    assert Product(id="p1", title="Dress", sizes={"S": 0, "M": 1}).is_in_stock
    assert not Product(id="p1", title="Dress", sizes={"S": 0, "M": 0}).is_in_stock
