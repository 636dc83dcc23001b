from concurrent.futures import ThreadPoolExecutor

import pytest

from hybrid_search.analysis.stemming import stemmer
from hybrid_search.errors import SettingsError


@pytest.mark.parametrize(
    ("language", "word", "stem"),
    [
        ("english", "dresses", "dress"),
        ("english", "printing", "print"),
        ("german", "kleider", "kleid"),
        ("french", "chaussures", "chaussur"),
    ],
)
def test_each_language_has_its_own_algorithm(language: str, word: str, stem: str) -> None:
    assert stemmer(language)(word) == stem


@pytest.mark.parametrize("word", ["airmax90s", "3.5", "galaxy2ing"])
def test_words_with_a_digit_are_left_alone(word: str) -> None:
    assert stemmer("english")(word) == word


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"'englisch'; did you mean 'english'\?.*german"):
        stemmer("englisch")


def test_threads_do_not_disturb_each_other() -> None:
    words = [f"{'abcdefghij'[n % 10]}{'klmno'[n % 5] * (n % 7 + 1)}ations" for n in range(4000)]
    alone = [stemmer("english")(word) for word in words]
    stemmer.cache_clear()
    fresh = stemmer("english")
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fresh, words)) == alone
