"""`hybrid-search index`."""

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.fashion_shop import CATALOG

BAD_LINES = ['{"id": "broken"', '{"id": "untitled"}', '{"id": "p000", "title": "Again"}']


@pytest.fixture
def bad_catalog(folder: Path) -> Path:
    """The catalogue with three bad lines."""
    good = (folder / "catalog.jsonl").read_text(encoding="utf-8").splitlines()
    path = folder / "bad.jsonl"
    path.write_text("\n".join([*good[:2], BAD_LINES[0], *good[2:], *BAD_LINES[1:]]))
    return path


def test_a_good_file_goes_live(command: Command, folder: Path) -> None:
    outcome = command("index", "catalog.jsonl")
    assert outcome.code == 0
    assert outcome.err == ""
    assert f"is live with {len(CATALOG)} products" in outcome.out
    assert not list(folder.glob("*.rejects.*"))
    assert command("search", "--limit", "0", "--json").data["total"] == len(CATALOG)


def test_vectors_are_made_with_the_encoder_that_is_set(
    command: Command, tiny_models: tuple[str, str]
) -> None:
    encoder, _ = tiny_models
    assert command("index", "catalog.jsonl", TEXT_ENCODER=encoder).code == 0
    (index,) = command("indexes", "--json").data
    assert index["vectors"] == f"text_vector: {encoder}, 32 dimensions, flat"
    found = command("search", "red dress", "--json", "--explain", TEXT_ENCODER=encoder).data
    signals = {term["signal"] for hit in found["hits"] for term in hit["explanation"]["terms"]}
    assert signals == {"lexical", "text_vector"}


def test_bad_lines_are_set_aside_and_the_rest_goes_live(
    command: Command, bad_catalog: Path
) -> None:
    outcome = command("index", bad_catalog.name)
    assert outcome.code == 0
    assert f"is live with {len(CATALOG)} products" in outcome.out
    assert "3 set aside in bad.jsonl.rejects.jsonl, such as:" in outcome.err
    assert "line 3: is not valid JSON" in outcome.err
    rejects = [
        json.loads(line)
        for line in Path("bad.jsonl.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [(one["line"], one["record"]) for one in rejects] == [
        (3, BAD_LINES[0]),
        (len(CATALOG) + 2, BAD_LINES[1]),
        (len(CATALOG) + 3, BAD_LINES[2]),
    ]


def test_rejects_go_where_they_are_told_to(command: Command, bad_catalog: Path) -> None:
    assert command("index", bad_catalog.name, "--rejects", "aside.jsonl").code == 0
    assert len(Path("aside.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    assert not Path("bad.jsonl.rejects.jsonl").exists()


def test_strict_refuses_bad_lines_before_anything_is_written(
    command: Command, folder: Path, bad_catalog: Path
) -> None:
    before = sorted(folder.iterdir())
    outcome = command("index", "--strict", bad_catalog.name)
    assert outcome.code == 1
    assert "bad.jsonl has 3 bad lines beside 60 products; nothing was written" in outcome.err
    assert "line 3: is not valid JSON" in outcome.err
    assert sorted(folder.iterdir()) == before
    assert command("index", "--strict", "catalog.jsonl").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jsonl"], "invalid_catalog: cannot read nowhere.jsonl: No such file"),
        (["catalog.pdf"], "catalog.pdf is no known kind of catalogue; name it .jsonl"),
        (["."], "is no known kind of catalogue"),
        (["catalog.jsonl", "--fields", "nowhere.toml"], "invalid_field_map: cannot read field map"),
        (["catalog.jsonl", "--fields", "broken.toml"], "invalid_field_map: "),
        (["catalog.jsonl", "--rejects", "no/where.jsonl"], "no folder 'no' for rejected lines"),
        (["catalog.jsonl", "--rejects", "catalog.jsonl"], "written over the catalogue"),
        (["empty.jsonl"], "verification_failed: the catalogue has no product"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_indexed_is_refused_and_the_live_index_stays(
    indexed: Command, folder: Path, arguments: list[str], message: str
) -> None:
    (folder / "broken.toml").write_text("fields = ")
    (folder / "empty.jsonl").touch()
    before = indexed("indexes", "--json").data
    outcome = indexed("index", *arguments)
    assert outcome.code == 1
    assert message in outcome.err
    assert outcome.out == ""
    assert indexed("indexes", "--json").data == before


def test_a_file_of_nothing_but_bad_lines_says_what_is_wrong_with_them(
    command: Command, folder: Path
) -> None:
    (folder / "bad.jsonl").write_text("\n".join(BAD_LINES[:2]))
    outcome = command("index", "bad.jsonl")
    assert outcome.code == 1
    assert "2 set aside in bad.jsonl.rejects.jsonl" in outcome.err
    assert "line 2: title: is missing; every product needs one" in outcome.err


def test_a_cut_off_file_is_refused_whole(indexed: Command, folder: Path) -> None:
    packed = gzip.compress((folder / "catalog.jsonl").read_bytes())
    (folder / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    outcome = indexed("index", "cut.jsonl.gz")
    assert outcome.code == 1
    assert "cut.jsonl.gz ends in the middle of its packed data" in outcome.err
    assert indexed("search", "--limit", "0", "--json").data["total"] == len(CATALOG)


def test_columns_of_a_shop_are_mapped(command: Command, folder: Path) -> None:
    (folder / "shop.csv").write_text("sku;name;maker\n1;Red dress;Acme\n2;Blue boots;Coco\n")
    (folder / "fields.toml").write_text(
        '[options]\ndelimiter = ";"\n[fields]\nid = "sku"\ntitle = "name"\nbrand = "maker"\n'
    )
    assert command("index", "shop.csv", "--fields", "fields.toml").code == 0
    (hit,) = command("search", "dress", "--json").data["hits"]
    assert hit["product"] == {"id": "1", "title": "Red dress", "brand": "Acme"}


def test_older_indexes_are_dropped_and_named(command: Command) -> None:
    names = []
    for _ in range(3):
        outcome = command("index", "catalog.jsonl")
        names.append(outcome.out.split()[0])
    assert f"dropped the older index {names[0]}" in outcome.out
    assert [one["index"] for one in command("indexes", "--json").data] == names[1:]


def test_a_path_with_brackets_is_shown_as_it_is(command: Command, folder: Path) -> None:
    (folder / "shop[red].jsonl").write_text(BAD_LINES[1])
    outcome = command("index", "shop[red].jsonl")
    assert "1 set aside in shop[red].jsonl.rejects.jsonl" in outcome.err
