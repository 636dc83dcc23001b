"""Stems of words, by the Snowball algorithm of a language."""

import threading
from collections.abc import Callable
from functools import cache, lru_cache

import snowballstemmer

from hybrid_search.errors import SettingsError, suggestion

Stemmer = Callable[[str], str]

LANGUAGES = (
    *("arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "estonian"),
    *("finnish", "french", "german", "greek", "hindi", "hungarian", "indonesian", "irish"),
    *("italian", "lithuanian", "nepali", "norwegian", "portuguese", "romanian", "russian"),
    *("serbian", "spanish", "swedish", "tamil", "turkish", "yiddish"),
)
"""Languages with a Snowball stemmer here and in Elasticsearch 8.19 and 9.4."""

_CACHED_WORDS = 65_536
_DIGITS = frozenset("0123456789")


@cache
def stemmer(language: str) -> Stemmer:
    """Return a function from a lowercase word to its stem; a word with a digit is its own stem.

    Raises:
        SettingsError: not all engines have this language; the text lists those that they share.
    """
    if language not in LANGUAGES:
        near = suggestion(language, LANGUAGES)
        msg = f"no stemmer for language {language!r}{near}; choose one of: "
        raise SettingsError(msg + ", ".join(LANGUAGES))
    # A Snowball stemmer keeps the word that it works on in itself, so threads cannot share one.
    of_thread = threading.local()

    @lru_cache(maxsize=_CACHED_WORDS)
    def stem(word: str) -> str:
        if not _DIGITS.isdisjoint(word):
            return word
        if not hasattr(of_thread, "snowball"):
            of_thread.snowball = snowballstemmer.stemmer(language)
        return str(of_thread.snowball.stemWord(word))

    return stem
