"""The full-text indexes of a generation: two for each text field.

One has the words of the field, for a word of a query, and one their parts, for several words side
by side. They are apart, so that the length of a field and the rarity of a word are those of words.
"""

from collections.abc import Mapping

from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.analysis.terms import Phrase
from hybrid_search.query.fields import TEXT_FIELDS

TEXT_INDEXES = range(2 * len(TEXT_FIELDS))
"""Places of the indexes: of words in the order of `TEXT_FIELDS`, then of parts in that order."""


def index_of_phrase(field: str, phrase: Phrase) -> int:
    """Return the place of the index of a field in which a phrase is looked for."""
    place = TEXT_FIELDS.index(field)
    return place if len(phrase) == 1 else place + len(TEXT_FIELDS)


def indexed_texts(texts: Mapping[str, tuple[str, ...]], analyzer: ShopAnalyzer) -> tuple[str, ...]:
    """Return what each index holds of a product: terms joined by spaces.

    Args:
        texts: the values of every text field.
        analyzer: of the generation's language.
    """
    return tuple(
        " ".join(terms(*texts[field]))
        for terms in (analyzer.index_words, analyzer.index_parts)
        for field in TEXT_FIELDS
    )
