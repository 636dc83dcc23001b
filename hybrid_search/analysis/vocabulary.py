"""The words of a shop: synonyms and stop words, read once."""

from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path

from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.analysis.parsing import parse_query
from hybrid_search.analysis.synonyms import Synonyms
from hybrid_search.analysis.terms import LexicalQuery
from hybrid_search.analysis.tokens import tokenize

SYNONYMS_FILE = "synonyms.txt"
STOP_WORDS_FILE = "stopwords.txt"


class Vocabulary:
    """Reads queries with the synonyms and stop words of a mappings folder.

    Either file may be missing. Synonyms are in Solr format; stop words stand one a line, with
    comments behind `#`.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._synonyms = cache(self._read_synonyms)
        self._stop_words = self._read_stop_words()

    def parse(
        self, text: str, language: str, field_weights: Mapping[str, float]
    ) -> LexicalQuery | None:
        """Return the words of a query with their other spellings, or None when it has none."""
        return parse_query(text, self._synonyms(language), field_weights, self._stop_words)

    def _read_synonyms(self, language: str) -> Synonyms:
        analyzer = ShopAnalyzer(language)
        path = self._path(SYNONYMS_FILE)
        return Synonyms.read(path, analyzer) if path else Synonyms.none(analyzer)

    def _read_stop_words(self) -> Set[str]:
        path = self._path(STOP_WORDS_FILE)
        if path is None:
            return frozenset()
        lines = path.read_text(encoding="utf-8").splitlines()
        words = (token.joined for line in lines for token in tokenize(line.partition("#")[0]))
        return frozenset(words)

    def _path(self, name: str) -> Path | None:
        path = self._folder / name if self._folder else None
        return path if path and path.exists() else None
