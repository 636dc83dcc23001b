import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.analysis.parsing import MAX_GROUPS, minimum_groups, parse_query
from hybrid_search.analysis.synonyms import Synonyms
from hybrid_search.analysis.terms import Phrase

ENGLISH = ShopAnalyzer("english")
NO_SYNONYMS = Synonyms.none(ENGLISH)
WEIGHTS = {"title": 3.0, "brand": 1.0}


def alternatives(text: str, *rules: str) -> list[tuple[Phrase, ...]]:
    query = parse_query(text, Synonyms.parse(rules, ENGLISH), WEIGHTS)
    return [group.alternatives for group in query.groups] if query else []


def test_a_word_of_several_parts_is_also_looked_for_in_one_piece() -> None:
    assert alternatives("WH-1000XM4") == [(("wh", "1000", "xm", "4"), ("wh1000xm4",))]
    assert alternatives("red xm4") == [(("red",),), (("xm", "4"), ("xm4",))]


def test_words_that_may_be_cut_apart_are_also_looked_for_side_by_side() -> None:
    assert alternatives("wh 1000 xm4") == [
        (("wh",), ("wh", "1000")),
        (("1000",), ("wh", "1000"), ("1000", "xm")),
        (("xm", "4"), ("xm4",)),
    ]
    assert alternatives("red dress") == [(("red",),), (("dress",),)]
    assert alternatives("8 gb 8 gb") == [(("8",), ("8", "gb")), (("gb",), ("8", "gb"), ("gb", "8"))]


def test_words_are_folded_but_not_stemmed() -> None:
    assert alternatives("Cafés LAPTOPS") == [(("cafes",),), (("laptops",),)]


def test_a_possessive_is_the_word_itself() -> None:
    expected = [(("women",),), (("dress",),)]
    assert alternatives("women's dress") == expected
    assert alternatives("women\N{RIGHT SINGLE QUOTATION MARK}s dress") == expected


def test_words_with_equal_stems_are_one_group() -> None:
    assert alternatives("dress red dresses DRESS") == [(("dress",),), (("red",),)]


@pytest.mark.parametrize("text", ["", "   ", "?!", '"" * ~ / : ()', "😀"])
def test_nothing_to_look_for_is_no_query(text: str) -> None:
    assert parse_query(text, NO_SYNONYMS, WEIGHTS) is None


def test_fields_of_weight_zero_are_not_searched() -> None:
    query = parse_query("red", NO_SYNONYMS, {"title": 2.0, "brand": 0.0})
    assert query is not None
    assert query.field_weights == {"title": 2.0}
    assert parse_query("red", NO_SYNONYMS, {"title": 0.0}) is None


def test_words_after_the_first_32_groups_are_dropped() -> None:
    words = [f"w{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(MAX_GROUPS + 5)]
    query = parse_query(" ".join(words), NO_SYNONYMS, WEIGHTS)
    assert query is not None
    assert [group.alternatives for group in query.groups] == [
        ((word,),) for word in words[:MAX_GROUPS]
    ]
    assert query.minimum_groups == minimum_groups(MAX_GROUPS)


@pytest.mark.parametrize(("count", "least"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (32, 16)])
def test_half_of_the_groups_must_match(count: int, least: int) -> None:
    assert minimum_groups(count) == least


def test_synonyms_join_the_group_after_the_words_of_the_shopper() -> None:
    rules = ["t-shirt, tee", "trousers, pants"]
    assert alternatives("tee pant", *rules) == [
        (("tee",), ("t", "shirt"), ("tshirt",)),
        (("pant",), ("trousers",)),
    ]


@pytest.mark.parametrize("text", ["t-shirt", "tshirts", "T shirt", "t-shirts"])
def test_a_compound_entry_is_met_in_every_spelling(text: str) -> None:
    (group,) = alternatives(text, "t-shirt, tee")
    assert ("tee",) in group


def test_the_longest_entry_wins() -> None:
    rules = ["wedding, marriage", "wedding dress, bridal gown", "dress, frock"]
    assert alternatives("white wedding dress", *rules) == [
        (("white",),),
        (("wedding", "dress"), ("bridal", "gown")),
    ]
    assert alternatives("wedding", *rules) == [(("wedding",), ("marriage",))]


def test_a_group_of_synonyms_that_occurs_again_is_dropped() -> None:
    assert len(alternatives("pants trousers", "trousers, pants")) == 1


@given(st.text(max_size=80))
def test_nothing_in_the_text_is_syntax(text: str) -> None:
    for group in alternatives(text):
        for phrase in group:
            assert all(re.fullmatch(r"(?:[^\W_]|[^\x00-\x7f]|(?<=\d)\.(?=\d))+", w) for w in phrase)
