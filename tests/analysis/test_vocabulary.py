from pathlib import Path

from hybrid_search.analysis.vocabulary import Vocabulary
from hybrid_search.bootstrap import SHIPPED_MAPPINGS

WEIGHTS = {"title": 1.0}


def first_spellings(vocabulary: Vocabulary, text: str) -> list[str]:
    query = vocabulary.parse(text, "english", WEIGHTS)
    return [" ".join(group.alternatives[0]) for group in query.groups] if query else []


def test_stop_words_need_not_occur() -> None:
    found = first_spellings(Vocabulary(SHIPPED_MAPPINGS), "Dress for the office")
    assert found == ["dress", "office"]


def test_a_query_of_stop_words_keeps_them() -> None:
    assert first_spellings(Vocabulary(SHIPPED_MAPPINGS), "The The") == ["the"]


def test_the_files_of_a_folder_are_optional(tmp_path: Path) -> None:
    assert first_spellings(Vocabulary(tmp_path), "the dress") == ["the", "dress"]
    assert first_spellings(Vocabulary(None), "the dress") == ["the", "dress"]


def test_comments_are_no_stop_words(tmp_path: Path) -> None:
    (tmp_path / "stopwords.txt").write_text("# dress\nthe # dress\n", encoding="utf-8")
    assert first_spellings(Vocabulary(tmp_path), "the dress") == ["dress"]


def test_synonyms_of_the_folder_are_used(tmp_path: Path) -> None:
    (tmp_path / "synonyms.txt").write_text("pants, trousers\n", encoding="utf-8")
    query = Vocabulary(tmp_path).parse("pants", "english", WEIGHTS)
    assert query is not None
    assert query.groups[0].alternatives == (("pants",), ("trousers",))
