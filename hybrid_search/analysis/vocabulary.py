"""The synonyms of a shop, read once for each language."""

from functools import cache
from pathlib import Path

from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.analysis.synonyms import Synonyms


class Vocabulary:
    """Synonyms from a file in Solr format, or none at all without one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.synonyms = cache(self._synonyms)

    def _synonyms(self, language: str) -> Synonyms:
        analyzer = ShopAnalyzer(language)
        return Synonyms.read(self._path, analyzer) if self._path else Synonyms.none(analyzer)
