import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.readers import read_catalog
from hybrid_search.catalog.rejects import Rejects, RejectsFile
from hybrid_search.errors import CatalogError, HybridSearchError

Write = Callable[[str, str | bytes], Path]

DRESS = Product(id="1", title="Dress", brand="Acme")
BOOTS = Product(id="2", title="Boots")
JSONL = '{"id": "1", "title": "Dress", "brand": "Acme"}\n{"id": "2", "title": "Boots"}\n'
CSV = "id,title,brand\n1,Dress,Acme\n2,Boots,\n"
MAP = '[fields]\nid = "sku"\ntitle = "name"\ncolor = { from = "c", separator = "/" }\n'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: str | bytes) -> Path:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write_file


def read(path: Path, field_map: FieldMap | None = None) -> tuple[list[Product], Rejects]:
    rejects = Rejects()
    reader = read_catalog(path, field_map or FieldMap.identity(), rejects=rejects)
    return list(reader), rejects


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("shop.jsonl", JSONL),
        ("shop.ndjson", JSONL),
        ("shop.csv", CSV),
        ("shop.tsv", CSV.replace(",", "\t")),
    ],
)
@pytest.mark.parametrize("ending", ["", ".gz", ".GZ"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_format_gives_the_same_products(
    write: Write, name: str, content: str, ending: str, mark: str
) -> None:
    path = write(name + ending.lower(), mark + content)
    path = path.rename(path.with_name(name + ending))
    products, rejects = read(path)
    assert products == [DRESS, BOOTS]
    assert rejects.count == 0


@pytest.mark.parametrize("name", ["shop.xlsx", "shop", "shop.json.gz", ".gz", "shop.gz"])
def test_other_endings_are_refused_with_the_known_ones(write: Write, name: str) -> None:
    with pytest.raises(CatalogError, match=r"name it \.jsonl, \.ndjson, \.csv, \.tsv, or add \.gz"):
        read(write(name, JSONL))


def test_dots_in_the_name_are_no_ending(write: Write) -> None:
    assert read(write("shop.2025.01.jsonl", JSONL))[0] == [DRESS, BOOTS]


def test_bad_lines_are_put_aside_and_the_rest_goes_on(write: Write, tmp_path: Path) -> None:
    lines = ['{"id": "1", "title": ""}', "{", '{"id": "2", "title": "Boots"}', "[]"]
    path = tmp_path / "rejects.jsonl"
    with RejectsFile(path) as rejects:
        reader = read_catalog(
            write("shop.jsonl", "\n".join(lines)), FieldMap.identity(), rejects=rejects
        )
        assert list(reader) == [BOOTS]
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(entry["line"], entry["id"], entry["record"]) for entry in entries] == [
        (1, "1", lines[0]),
        (2, None, lines[1]),
        (4, None, lines[3]),
    ]
    assert entries[0]["reason"] == "title: '' is empty; every product needs one"


def test_of_products_with_one_id_the_first_counts(write: Write) -> None:
    lines = [(1, ""), (1, "Dress"), (2, "Boots"), (1, "Hat"), (1, "Cap")]
    content = "".join(json.dumps({"id": n, "title": title}) + "\n" for n, title in lines)
    products, rejects = read(write("shop.jsonl", content))
    assert [product.title for product in products] == ["Dress", "Boots"]
    assert [str(reject) for reject in rejects.first[1:]] == [
        f"line {line}: id: '1' is the product of line 2 already; keep one of them"
        for line in (4, 5)
    ]
    assert rejects.first[1].product_id == "1"


def test_a_field_map_is_applied(write: Write) -> None:
    field_map = FieldMap.load(write("fields.toml", MAP))
    path = write("shop.csv", "sku,name,c,other\n1,Dress,red/blue,x\n2,Boots,,y\n")
    assert read(path, field_map)[0] == [
        Product(id="1", title="Dress", color=("red", "blue")),
        BOOTS,
    ]


def test_the_delimiter_of_the_field_map_counts(write: Write) -> None:
    field_map = FieldMap.load(write("fields.toml", f'{MAP}[options]\ndelimiter = ";"\n'))
    assert read(write("shop.csv", "sku;name;c\n2;Boots;\n"), field_map)[0] == [BOOTS]


def test_a_table_without_the_columns_of_the_field_map_is_refused(write: Write) -> None:
    field_map = FieldMap.load(write("fields.toml", MAP))
    with pytest.raises(CatalogError, match=r"shop\.csv: there is no column 'c', which field map"):
        read(write("shop.csv", "sku,name\n1,Dress\n"), field_map)


def test_a_table_with_unknown_columns_needs_a_field_map(write: Write) -> None:
    with pytest.raises(CatalogError, match=r"'colour' \(did you mean 'color'\?\); rename them, or"):
        read(write("shop.csv", "id,title,colour\n1,Dress,red\n"))


def test_products_before_a_cut_are_read(write: Write) -> None:
    content = "".join(f'{{"id": {n}, "title": "{n * 7919 % 100_003}"}}\n' for n in range(20_000))
    path = write("shop.jsonl.gz", content)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    reader = read_catalog(path, FieldMap.identity(), rejects=Rejects())
    products: list[Product] = []
    with pytest.raises(CatalogError, match="ends in the middle of its packed data"):
        products.extend(reader)
    assert [product.id for product in products] == [str(n) for n in range(len(products))]
    assert len(products) > 1000
    assert 0 < reader.bytes_read <= reader.bytes_total


def test_progress_is_told_in_bytes(write: Write) -> None:
    path = write("shop.jsonl", JSONL)
    reader = read_catalog(path, FieldMap.identity(), rejects=Rejects())
    first_line = len(JSONL.splitlines(keepends=True)[0])
    assert (reader.bytes_read, reader.bytes_total) == (0, len(JSONL))
    next(reader)
    assert reader.bytes_read == first_line
    assert list(reader) == [BOOTS]
    assert reader.bytes_read == len(JSONL)


def test_rejects_are_never_written_over_the_catalogue(write: Write, tmp_path: Path) -> None:
    path = write("shop.jsonl", "{\n")
    link = tmp_path / "rejects.jsonl"
    link.symlink_to(path)
    with RejectsFile(link) as rejects, pytest.raises(CatalogError, match="written over the cat"):
        read_catalog(path, FieldMap.identity(), rejects=rejects)
    assert path.read_text() == "{\n"


json_lines = st.lists(
    st.sampled_from(
        [
            b'{"id": "1", "title": "x"}',
            b'{"id": NaN}',
            b"{",
            b'"',
            b"\xff",
            b"1,2",
            b'1,"',
            b"",
            b"[]",
        ]
    )
    | st.binary(max_size=20)
).map(b"\n".join)
names = st.sampled_from(["a.jsonl", "a.csv", "a.tsv", "a.csv.gz", "a.jsonl.gz", "a.txt"])
contents = st.one_of(
    json_lines,
    json_lines.map(lambda data: b"id,title\n" + data),
    json_lines.map(gzip.compress),
    json_lines.map(lambda data: gzip.compress(data)[:-7]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=names, data=contents)
def test_any_file_is_read_or_refused_as_a_catalogue(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with RejectsFile(tmp_path / "rejects.jsonl") as rejects:
        try:
            products = list(read_catalog(path, FieldMap.identity(), rejects=rejects))
        except HybridSearchError as error:
            assert type(error) is CatalogError  # noqa: PT017 - the other outcome is good as well
            return
    assert len({product.id for product in products}) == len(products)
