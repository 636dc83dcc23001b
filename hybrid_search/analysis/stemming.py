"""Stems of words, by the Snowball algorithm of a language."""

import threading
from collections.abc import Callable
from functools import cache, lru_cache

import snowballstemmer

from hybrid_search.errors import SettingsError, suggestion

Stemmer = Callable[[str], str]

_CACHED_WORDS = 65_536
_DIGITS = frozenset("0123456789")


@cache
def stemmer(language: str) -> Stemmer:
    """Return a function from a lowercase word to its stem; a word with a digit is its own stem.

    Raises:
        SettingsError: no Snowball algorithm has this name; the text lists those that exist.
    """
    known = snowballstemmer.algorithms()
    if language not in known:
        msg = f"no stemmer for language {language!r}{suggestion(language, known)}; choose one of: "
        raise SettingsError(msg + ", ".join(known))
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
