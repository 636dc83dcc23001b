from collections.abc import Iterable
from pathlib import Path

import pytest

from hybrid_search.catalog.check import check_catalog
from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.product import Product
from hybrid_search.catalog.readers import CatalogReader
from hybrid_search.errors import CatalogError

GOOD = "".join(f'{{"id": {n}, "title": "Dress"}}\n' for n in range(3))


def test_a_clean_file_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_text(GOOD)
    check = check_catalog(path, FieldMap.identity())
    check.require_clean()
    assert (check.products, check.rejected, check.first) == (3, 0, ())


def test_a_file_with_bad_lines_is_refused_with_the_first_of_them(tmp_path: Path) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_text(GOOD + "[]\n" * 7)
    check = check_catalog(path, FieldMap.identity())
    assert (check.products, check.rejected) == (3, 7)
    with pytest.raises(CatalogError) as caught:
        check.require_clean()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{path} has 7 bad lines beside 3 products; nothing was written.")
    assert [line.split(":")[0] for line in lines[1:]] == [
        *(f"  line {n}" for n in range(4, 9)),
        "  and 2 more",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["shop.jsonl"]


def test_a_check_can_be_watched(tmp_path: Path) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_text(GOOD)
    seen: list[tuple[int, int]] = []

    def watch(reader: CatalogReader) -> Iterable[Product]:
        for product in reader:
            seen.append((reader.bytes_read, reader.bytes_total))
            yield product

    assert check_catalog(path, FieldMap.identity(), watch=watch).products == 3
    third = len(GOOD) // 3
    assert seen == [(third, len(GOOD)), (2 * third, len(GOOD)), (3 * third, len(GOOD))]
