import sqlite3
from contextlib import closing

import pytest

from hybrid_search.analysis.analyzer import SEPARATOR, ShopAnalyzer
from hybrid_search.engines.sqlite.sqlite_queries import (
    CREATE_TEXT,
    INSERT_TEXT,
    MATCHING_ROWS,
    of_generation,
    phrase_expression,
)

ENGLISH = ShopAnalyzer("english")
TEXTS = ("3.5mm WH-1000XM4", "日本語 カメラ", "हिन्दी", "É e\u0301 ½ x² Ⅳ", "ﬁ ǅ 𐐨bc 😀 ªº", "ŉ İı")


@pytest.fixture
def index() -> "closing[sqlite3.Connection]":
    return closing(sqlite3.connect(":memory:"))


@pytest.mark.parametrize("text", TEXTS)
def test_the_index_keeps_every_term_as_it_is(
    index: "closing[sqlite3.Connection]", text: str
) -> None:
    terms = [*ENGLISH.index_words(text), SEPARATOR, *ENGLISH.index_parts(text)]
    with index as connection:
        connection.execute(of_generation(CREATE_TEXT, 1))
        connection.execute(of_generation(INSERT_TEXT, 1), (7, " ".join(terms)))
        connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab (g1_text_0, row)")
        stored = {term for (term,) in connection.execute("SELECT term FROM v")}
        assert stored == set(terms)
        for term in stored - {SEPARATOR}:
            found = connection.execute(
                of_generation(MATCHING_ROWS, 1), (phrase_expression([term]),)
            )
            assert found.fetchall() == [(7,)]


@pytest.mark.parametrize("word", ['"', 'a"b', "a OR b", "NEAR(", "a*", "{x}:a", "^a", "-a", "a+b"])
def test_words_are_never_operators(index: "closing[sqlite3.Connection]", word: str) -> None:
    with index as connection:
        connection.execute(of_generation(CREATE_TEXT, 1))
        connection.execute(of_generation(INSERT_TEXT, 1), (1, "ab"))
        statement = of_generation(MATCHING_ROWS, 1)
        assert connection.execute(statement, (phrase_expression([word]),)).fetchall() == []


def test_a_phrase_does_not_cross_a_separator(index: "closing[sqlite3.Connection]") -> None:
    with index as connection:
        connection.execute(of_generation(CREATE_TEXT, 1))
        terms = ENGLISH.index_parts("dark blue", "green USB-C")
        connection.execute(of_generation(INSERT_TEXT, 1), (1, " ".join(terms)))
        statement = of_generation(MATCHING_ROWS, 1)
        for phrase, is_found in (
            (["dark", "blue"], True),
            (["blue", "green"], False),
            (["usb", "c"], True),
            (["green", "usb"], True),
        ):
            found = connection.execute(statement, (phrase_expression(phrase),)).fetchall()
            assert bool(found) == is_found
