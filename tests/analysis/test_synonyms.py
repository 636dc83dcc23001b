from pathlib import Path

import pytest

import mappings
from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.analysis.synonyms import Synonyms
from hybrid_search.analysis.terms import Phrase
from hybrid_search.analysis.tokens import tokenize
from hybrid_search.errors import SettingsError

ENGLISH = ShopAnalyzer("english")


def members(synonyms: Synonyms, text: str) -> tuple[Phrase, ...]:
    match = synonyms.longest_match(tokenize(text), 0)
    return match.members if match else ()


def test_equal_entries_find_each_other() -> None:
    synonyms = Synonyms.parse(["pants, trousers"], ENGLISH)
    assert members(synonyms, "pants") == members(synonyms, "trouser") == (("pants",), ("trousers",))


def test_a_one_way_entry_is_not_found_from_its_right_side() -> None:
    synonyms = Synonyms.parse(["purse, clutch => handbag"], ENGLISH)
    assert members(synonyms, "purse") == members(synonyms, "clutch") == (("handbag",),)
    assert members(synonyms, "handbag") == ()


def test_lines_with_the_same_word_add_up() -> None:
    synonyms = Synonyms.parse(["a, b", "a, c"], ENGLISH)
    assert members(synonyms, "a") == (("a",), ("b",), ("c",))
    assert members(synonyms, "b") == (("a",), ("b",))


def test_comments_blank_lines_and_accents_do_not_matter() -> None:
    synonyms = Synonyms.parse(["# all", "", "  Décolleté , low  neck # one", "#a, b"], ENGLISH)
    assert members(synonyms, "LOW NECK") == (("decollete",), ("low", "neck"))
    assert members(synonyms, "a") == ()


def test_an_escaped_comma_does_not_separate() -> None:
    synonyms = Synonyms.parse([r"a\,b, c"], ENGLISH)
    assert members(synonyms, "c") == (("a", "b"), ("c",))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("alone", "nothing that it is a synonym of"),
        ("a, , b", "an entry without a word"),
        ("a, !", "an entry without a word"),
        ("a =>", "an entry without a word"),
        ("=> a", "an entry without a word"),
        ("a => b => c", "more than one '=>'"),
    ],
)
def test_a_line_that_is_no_rule_is_named(line: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=f"my.txt, line 2: .*{reason}"):
        Synonyms.parse(["a, b", line], ENGLISH, source="my.txt")


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.txt"):
        Synonyms.read(tmp_path / "none.txt", ENGLISH)
    (tmp_path / "latin1.txt").write_bytes("é, e".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"latin1\.txt.*UTF-8"):
        Synonyms.read(tmp_path / "latin1.txt", ENGLISH)


def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.txt"
    path.write_text("\ufeffa, b\n", encoding="utf-8")
    assert members(Synonyms.read(path, ENGLISH), "a") == (("a",), ("b",))


@pytest.fixture(scope="module")
def shipped() -> Synonyms:
    return Synonyms.read(Path(mappings.__file__).parent / "synonyms.txt", ENGLISH)


@pytest.mark.parametrize(
    ("query", "also"),
    [
        ("trousers", ("pants",)),
        ("tshirts", ("tee",)),
        ("sweater", ("jumper",)),
        ("sneakers", ("trainers",)),
        ("purse", ("handbag",)),
        ("ladies", ("women",)),
    ],
)
def test_the_shipped_file_knows_the_words_of_fashion(
    shipped: Synonyms, query: str, also: Phrase
) -> None:
    assert also in members(shipped, query)


@pytest.mark.parametrize("word", ["denim", "khaki", "dress", "heel", "cord", "shade", "mac"])
def test_the_shipped_file_leaves_ambiguous_words_alone(shipped: Synonyms, word: str) -> None:
    assert members(shipped, word) == ()
