from collections.abc import Callable
from pathlib import Path

import pytest

from hybrid_search.catalog import field_map as field_map_module
from hybrid_search.catalog.columns import Row
from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.record import parse_product
from hybrid_search.errors import CatalogError, InvalidProductError

LoadMap = Callable[[str], FieldMap]

NEEDED = 'id = "sku"\ntitle = "name"\n'


@pytest.fixture
def load(tmp_path: Path) -> LoadMap:
    def load_map(lines: str) -> FieldMap:
        path = tmp_path / "fields.toml"
        path.write_text(f"[fields]\n{NEEDED}{lines}", encoding="utf-8")
        return FieldMap.load(path)

    return load_map


def mapped(field_map: FieldMap, **cells: object) -> Row:
    record = dict(field_map.apply({"sku": "1", "name": "Dress", **cells}))
    assert (record.pop("id"), record.pop("title")) == ("1", "Dress")
    return record


def problem(field_map: FieldMap, **cells: object) -> str:
    with pytest.raises(InvalidProductError) as caught:
        mapped(field_map, **cells)
    return str(caught.value)


def test_the_map_in_the_documentation_works(tmp_path: Path) -> None:
    lines = (field_map_module.__doc__ or "").splitlines()
    example = "\n".join(line for line in lines if line.startswith("    "))
    path = tmp_path / "fields.toml"
    path.write_text(example, encoding="utf-8")
    row = {
        "sku": "1",
        "brand": "Acme",
        "name": "dress",
        "colours": "red/blue",
        "path": "Women>Dresses",
        "price_cents": "1.295",
        "stock": "S:3;M:0",
        "changed": "24.12.2025",
        "weight_g": "1,5",
        "spec_fit": "slim",
        "unnamed": "x",
    }
    assert FieldMap.load(path).apply(row) == {
        "id": "1",
        "title": "Acme dress",
        "color": ["red", "blue"],
        "category": ["Women", "Dresses"],
        "price_minor": "1295",
        "currency": "EUR",
        "sizes": {"S": "3", "M": "0"},
        "updated_at": "2025-12-24T00:00:00",
        "attributes": {"weight": [1.5], "fit": ["slim"]},
    }


def test_without_a_map_rows_are_canonical_records() -> None:
    row = {"id": "1", "colour": "red"}
    assert FieldMap.identity().apply(row) == row


def test_columns_that_nothing_names_are_ignored(load: LoadMap) -> None:
    assert mapped(load(""), other="x", brand="Acme") == {}


def test_lists_in_json_stay_lists(load: LoadMap) -> None:
    field_map = load('images = "pictures"\ncategory = { from = "path", separator = ">" }')
    row = {"pictures": ["a.jpg", "b.jpg"], "path": ["Women > Dresses", "Red"]}
    assert parse_product(field_map.apply({"sku": 1, "name": "Dress", **row})).images == (
        "a.jpg",
        "b.jpg",
    )
    assert mapped(field_map, **row)["category"] == ["Women ", " Dresses", "Red"]


def test_prices_are_read_in_the_unit_and_format_of_the_shop(load: LoadMap) -> None:
    options = '[options]\ndecimal_separator = ","\nthousands_separator = "."'
    major = load(f'price = "p"\n{options}')
    minor = load(f'price = {{ from = "p", unit = "minor" }}\n{options}')
    assert mapped(major, p="1.234,50") == {"price": "1234.50"}
    assert mapped(minor, p="1.234") == {"price_minor": "1234"}
    assert mapped(minor, p=1234) == {"price_minor": 1234}


def test_a_constant_currency_belongs_to_a_price(load: LoadMap) -> None:
    field_map = load('price = "p"\ncurrency = { value = "EUR" }')
    assert mapped(field_map, p="5") == {"price": "5", "currency": "EUR"}
    assert mapped(field_map, p="") == {}


def test_a_currency_of_the_file_is_kept_without_a_price(load: LoadMap) -> None:
    assert mapped(load('price = "p"\ncurrency = "c"'), c="EUR") == {"currency": "EUR"}


def test_attributes_are_cast_to_their_type(load: LoadMap) -> None:
    field_map = load(
        "[attributes]\n"
        'plain = "a"\n'
        'text = { from = "a", type = "text" }\n'
        'number = { from = "b", type = "number" }\n'
        'flag = { from = "c", type = "boolean", separator = "," }\n'
        'shop = { value = "north" }\n'
    )
    assert mapped(field_map, a=[38.0, True, "x"], b=["1.5", 2], c="Yes,0") == {
        "attributes": {
            "plain": [38.0, True, "x"],
            "text": ["38", "true", "x"],
            "number": [1.5, 2.0],
            "flag": [True, False],
            "shop": ["north"],
        }
    }


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"n": "light"}, "attributes.n (from column 'n'): 'light' is not a number; write it"),
        ({"n": True}, "attributes.n (from column 'n'): True is not a number"),
        ({"b": "maybe"}, "attributes.b (from column 'b'): 'maybe' is no boolean; write true"),
        ({"p_b_x": 2}, "attributes.x (from column 'p_b_x'): 2 is no boolean; write true or"),
        ({"t": {"a": 1}}, "attributes.t (from column 't'): {'a': 1} is not a text"),
    ],
)
def test_cells_of_another_type_are_refused(load: LoadMap, cells: Row, expected: str) -> None:
    field_map = load(
        "[attributes]\n"
        'n = { from = "n", type = "number" }\n'
        'b = { from = "b", type = "boolean" }\n'
        't = { from = "t", type = "text" }\n'
        '[attributes.prefixes]\np_b_ = "boolean"\n'
    )
    assert problem(field_map, **cells).startswith(expected)


def test_all_cells_that_cannot_be_read_are_named_at_once(load: LoadMap) -> None:
    field_map = load(
        'updated_at = { from = "t", format = "%Y" }\n'
        '[attributes]\nn = { from = "n", type = "number" }\n'
    )
    found = problem(field_map, t="x", n="y")
    assert "updated_at (from column 't')" in found
    assert "; attributes.n (from column 'n')" in found


def test_prefixes_turn_families_of_columns_into_attributes(load: LoadMap) -> None:
    field_map = load(
        'color = "a_color"\n[attributes]\nmodel = "a_name"\n[attributes.prefixes]\n'
        'a_ = "text"\na_n_ = { type = "number", separator = "/" }\n'
    )
    cells = {"a_color": "red", "a_name": "X1", "a_": "no name", "a_fit": "slim", "a_n_width": "1/2"}
    assert mapped(field_map, **cells, a_n_depth="", b_fit="x") == {
        "color": "red",
        "attributes": {"model": ["X1"], "fit": ["slim"], "width": [1.0, 2.0]},
    }


def test_values_of_one_attribute_from_several_columns_are_joined(load: LoadMap) -> None:
    field_map = load(
        '[attributes]\nsize = "s"\n[attributes.prefixes]\na_ = "text"\nb_ = "number"\n'
    )
    assert mapped(field_map, s="big", a_size="XL", b_size=5) == {
        "attributes": {"size": ["big", "XL", 5.0]}
    }


def test_the_id_of_a_bad_row_is_read_if_it_can_be(load: LoadMap) -> None:
    assert load("").product_id({"sku": 7, "name": ""}) == "7"
    assert load("").product_id({"name": "x"}) is None
    assert load("").product_id({"sku": "a\x00"}) is None
    assert FieldMap.identity().product_id({"id": "7"}) == "7"


def test_columns_that_a_map_names_must_be_there(load: LoadMap) -> None:
    field_map = load('sizes = { from = "s", stock_from = "stock" }')
    with pytest.raises(CatalogError) as caught:
        field_map.check_columns(["sku", "Name", "s", "stocks", "other"], "shop.csv")
    assert str(caught.value).startswith("shop.csv: there is no column 'name', which field map ")
    assert "did you mean 'Name'?; there is no column 'stock'" in str(caught.value)
    field_map.check_columns(["sku", "name", "s", "stock", "", ""], "shop.csv")


def test_without_a_map_every_column_must_be_a_product_field() -> None:
    with pytest.raises(CatalogError, match=r"^shop.csv: unknown fields: 'colour' \(did you mean"):
        FieldMap.identity().check_columns(["id", "title", "colour"], "shop.csv")
    FieldMap.identity().check_columns(["id", "title", "color"], "shop.csv")


def test_a_column_must_not_come_twice(load: LoadMap) -> None:
    with pytest.raises(CatalogError, match="the column 'sku' is there 2 times; rename it"):
        load("").check_columns(["sku", "name", "sku"], "shop.csv")


def test_the_map_of_the_icecat_benchmark_is_valid() -> None:
    root = Path(__file__).parents[2]
    field_map = FieldMap.load(root / "benchmarks" / "icecat" / "fields.toml")
    product = parse_product(
        field_map.apply(
            {
                "id": "1399",
                "title": "HP 80 Original Cyan",
                "name": "80",
                "supplier": "HP",
                "price": 12595,
                "ean": ["0882780756328", "0088698629123"],
                "img_500x500": "http://images.example/1399.jpg",
                "attr_t_product_colour": "Cyan,Black",
                "attr_t_type": "Original",
                "attr_n_width": 56.0,
                "attr_b_colour": True,
            }
        )
    )
    assert (product.price_minor, product.currency) == (12595, "EUR")
    assert product.color == ("Cyan", "Black")
    assert product.attributes == {
        "model_number": ("80",),
        "ean": ("0882780756328", "0088698629123"),
        "type": ("Original",),
        "width": (56.0,),
        "colour": (True,),
    }
