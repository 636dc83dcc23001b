"""The words of a query: what must be found, and the other spellings that count as finding it."""

from collections.abc import Mapping
from dataclasses import dataclass

Phrase = tuple[str, ...]
"""Words that stand side by side; most phrases have one word."""


TIE_BREAKER = 0.1
"""What the documentation of Lucene's `DisjunctionMaxQuery` advises: "small, on the order of 0.1",
so that a further word counts more than the same word in a further field."""


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One thing the shopper named, with all the ways it may be written.

    Attributes:
        alternatives: synonyms and spellings, the shopper's own first; any of them satisfies
            the group. Words are lowercase and without accents, not yet stemmed.
    """

    alternatives: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """The words of a query and how much each text field counts.

    Attributes:
        groups: in the shopper's order, at least one; a product that satisfies all of them is in
            the first tier.
        minimum_groups: a product that satisfies fewer groups does not match; 1 to all.
        field_weights: by name in `query.fields.TEXT_FIELDS`, each above 0; fields left out are
            not searched.
        tie_breaker: how much of a word's score in further fields is added to that in its best
            field, 0 to 1.
    """

    groups: tuple[TermGroup, ...]
    minimum_groups: int
    field_weights: Mapping[str, float]
    tie_breaker: float = TIE_BREAKER
