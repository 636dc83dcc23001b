from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybrid_search.catalog.field_map_file import FIELD_KINDS, read_field_map_file
from hybrid_search.catalog.record import RECORD_FIELDS
from hybrid_search.errors import FieldMapError

NEEDED = '[fields]\nid = "sku"\ntitle = "name"\n'


def fault(folder: Path, text: str) -> str:
    path = folder / "fields.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FieldMapError) as caught:
        read_field_map_file(path)
    return str(caught.value).removeprefix(f"field map {path}")


def test_every_product_field_can_be_mapped() -> None:
    assert {*FIELD_KINDS, "price_minor", "attributes"} == {*RECORD_FIELDS}


def test_the_longest_prefix_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "fields.toml"
    path.write_text(f'{NEEDED}[attributes.prefixes]\na_ = "text"\na_n_ = "number"\nb_ = "text"\n')
    assert list(read_field_map_file(path).families) == ["a_n_", "a_", "b_"]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "fields.toml"
    path.write_bytes(b"\xef\xbb\xbf" + NEEDED.encode())
    assert read_field_map_file(path).sources == {"sku", "name"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FieldMapError, match=r"cannot read field map .*none\.toml: No such file"):
        read_field_map_file(tmp_path / "none.toml")


def test_bad_toml_is_named_with_its_line(tmp_path: Path) -> None:
    assert "is not valid TOML: Invalid value (at line 2, column 6)" in fault(
        tmp_path, "[fields]\nid = sku\n"
    )


def test_bytes_that_are_not_utf_8_are_named(tmp_path: Path) -> None:
    path = tmp_path / "fields.toml"
    path.write_bytes(b'[fields]\nid = "\xff"\n')
    with pytest.raises(FieldMapError, match="is not UTF-8 at byte 15; save it as UTF-8"):
        read_field_map_file(path)


def test_id_and_title_are_needed(tmp_path: Path) -> None:
    assert fault(tmp_path, "") == (
        ': fields.id: is missing; name its column, such as id = "COLUMN"; '
        'fields.title: is missing; name its column, such as title = "COLUMN"'
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('colour = "c"', ": fields.colour: unknown product field; fields are id, title"),
        ('colour = "c"', "did you mean 'color'?"),
        ('price_minor = "p"', "did you mean 'price'?"),
        (
            'color = { from = "c", seperator = "/" }',
            "fields.color takes from, separator; did you mean 'separator'?",
        ),
        ('brand = { join = "-" }', ": fields.brand.from: is missing; name the column, such as"),
        ('brand = ["a", "b"]', ": fields.brand: several columns become one text by a join; add"),
        ("brand = 3", ": fields.brand.from.0: 3 is not a text; write one in quotes"),
        ('brand = ""', ": fields.brand.from.0: '' is empty; write at least one character"),
        ("images = []", ": fields.images.from: [] is empty; name at least one"),
        ('price = ["a", "b"]', ": fields.price.from: takes one column, not 2"),
        (
            'price = { from = "p", unit = "cents" }',
            ": fields.price.unit: 'cents' is unknown; write 'major' or 'minor'",
        ),
        (
            'updated_at = { from = "u", format = "%Q" }',
            ": fields.updated_at.format: '%Q' is no time format ('Q' is a bad directive",
        ),
        (
            'updated_at = { from = "u", format = "%d %d" }',
            ": fields.updated_at.format: '%d %d' is no time format (redefinition of group",
        ),
        (
            'sizes = { from = "s", stock_separator = ":", stock_from = "q" }',
            ": fields.sizes: stock_separator and stock_from exclude each other; leave one out",
        ),
        ('currency = { value = "EUR", from = "c" }', ": fields.currency.from: unknown option;"),
        ("[option]", ": 'option': unknown table; tables are fields, attributes, options; did you"),
        ("[attributes]\nprefixes = 3", ": attributes.prefixes: 3 is not a table; write [attr"),
        (
            '[attributes]\na = { from = "a", type = "date" }',
            ": attributes.a.type: 'date' is unknown; write 'text'",
        ),
        ('[attributes.prefixes]\na_ = "date"', ": attributes.prefixes.a_.type: 'date' is unknown"),
        (
            '[options]\ndecimal_separator = ";"',
            ": options.decimal_separator: ';' is unknown; write '.'",
        ),
        (
            '[options]\ndecimal_separator = ","\nthousands_separator = ","',
            ": options: both separators are ','; give each its own",
        ),
        ('[options]\ndelimiter = "::"', ": options.delimiter: '::' is not one character"),
    ],
)
def test_faults_are_named_with_their_path_and_a_remedy(
    tmp_path: Path, lines: str, expected: str
) -> None:
    assert expected in fault(tmp_path, NEEDED + lines)


def test_an_id_cannot_be_a_constant(tmp_path: Path) -> None:
    text = '[fields]\nid = { value = "1" }\ntitle = "t"\n'
    assert fault(tmp_path, text) == (
        ": fields.id: a constant cannot tell products apart; name a column"
    )


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    found = fault(tmp_path, '[fields]\ncolour = "c"\nprice = 3\n[option]\n')
    for path in ("fields.id", "fields.title", "fields.colour", "fields.price", "'option'"):
        assert path in found


toml_values = st.recursive(
    st.sampled_from(['"a"', '""', "1", "nan", "true", "2020-01-01", "'%d'", '"text"', '"."']),
    lambda children: st.one_of(
        st.lists(children, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(
            st.sampled_from(["from", "value", "join", "separator", "type", "unit", "format", "x"]),
            children,
            max_size=3,
        ).map(lambda d: f"{{ {', '.join(f'{key} = {value}' for key, value in d.items())} }}"),
    ),
    max_leaves=4,
)
keys = st.sampled_from([*FIELD_KINDS, "prefixes", "delimiter", "decimal_separator", "colour"])
tables = st.dictionaries(keys, toml_values, max_size=4).map(
    lambda table: "\n".join(f"{key} = {value}" for key, value in table.items())
)
files = st.dictionaries(
    st.sampled_from(["fields", "attributes", "attributes.prefixes", "options", "x"]), tables
).map(lambda file: "\n".join(f"[{name}]\n{table}" for name, table in file.items()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=files | st.text())
def test_any_file_is_read_or_refused_as_a_field_map(tmp_path: Path, text: str) -> None:
    path = tmp_path / "fields.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        tables = read_field_map_file(path)
    except FieldMapError:
        return
    assert {"id", "title"} <= tables.fields.keys()
