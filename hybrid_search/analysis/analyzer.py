"""The analysis of shop text in Python: the terms that an engine without analyzers stores."""

from hybrid_search.analysis.stemming import stemmer
from hybrid_search.analysis.tokens import tokenize

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

    def index_words(self, *values: str) -> list[str]:
        """Return the terms that a single word of a query is looked for in.

        They are the pieces of every word, in their order, and behind them the words of several
        pieces in one. What letters and digits cut out of a word is no term: who types `4` or
        `gb` does not look for `WH-1000XM4` or `64GB`.
        """
        tokens = [token for value in values for token in tokenize(value)]
        pieces = [self._stem(piece) for token in tokens for piece in token.pieces]
        joined = [self._stem(token.joined) for token in tokens if len(token.pieces) > 1]
        return pieces + joined

    def index_parts(self, *values: str) -> list[str]:
        """Return the terms that several words of a query are looked for in, side by side.

        They are the parts of every word, as they stand in the text, so that a model number is
        found however it is cut (`WH 1000 XM 4` in `WH-1000XM4`); a separator stands between
        values.
        """
        parts: list[str] = []
        for value in values:
            tokens = tokenize(value)
            if tokens and parts:
                parts.append(SEPARATOR)
            parts += (self._stem(part) for token in tokens for part in token.parts)
        return parts
