"""The analysis of shop text in Python: the terms that an engine without analyzers stores."""

from hybrid_search.analysis.stemming import stemmer
from hybrid_search.analysis.tokens import Token, tokenize

SEPARATOR = "."
"""Stands where no phrase may cross; no word is equal to it."""


class ShopAnalyzer:
    """Turns text of one language into terms, the same on every engine."""

    def __init__(self, language: str) -> None:
        """Take the stemmer of `language`.

        Raises:
            SettingsError: the language has no stemmer.
        """
        self.language = language
        self._stem = stemmer(language)

    def stem(self, word: str) -> str:
        """Return the stem of a folded word; a word with a digit is its own stem."""
        return self._stem(word)

    def index_terms(self, *values: str) -> list[str]:
        """Return the terms of all values of one field, in the order in which they are stored.

        First the parts of every word, side by side as they stand in the text, so that a phrase
        of parts is found also across words (`WH 1000 XM 4` in `WH-1000XM4`); a separator
        between values. Words of several parts follow once more in one piece, behind a separator
        at the end: between the words they would break the phrases of their neighbours.
        """
        parts: list[str] = []
        joined: list[str] = []
        for value in values:
            tokens = tokenize(value)
            if tokens and parts:
                parts.append(SEPARATOR)
            parts += (self._stem(part) for token in tokens for part in token.parts)
            joined += (self._stem(token.joined) for token in tokens if _is_compound(token))
        return [*parts, SEPARATOR, *joined] if joined else parts


def _is_compound(token: Token) -> bool:
    return len(token.parts) > 1
