"""From what a shopper typed to the words that an engine looks for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from hybrid_search.analysis.synonyms import Synonyms
from hybrid_search.analysis.terms import LexicalQuery, Phrase, TermGroup
from hybrid_search.analysis.tokens import Token, tokenize

MAX_GROUPS = 32
"""Further words of a query are not looked for lexically; vectors still see the whole text."""


def parse_query(
    text: str,
    synonyms: Synonyms,
    field_weights: Mapping[str, float],
    stop_words: Set[str] = frozenset(),
) -> LexicalQuery | None:
    """Return the words of `text` with their other spellings and synonyms.

    Each word is a group: its parts side by side, the same in one piece, and its synonyms. Words
    that together are an entry of the synonyms make one group; the longest entry wins. Words
    with equal stems are one alternative. A group that occurs again is dropped, and so are groups
    after the first 32. Nothing in the text is
    syntax. Fields of weight 0 are not searched.

    Returns None when there is nothing to look for: no word, or no field with a weight.
    """
    weights = {field: weight for field, weight in field_weights.items() if weight > 0}
    groups = _distinct(_groups(_telling(tokenize(text), stop_words), synonyms), synonyms)[
        :MAX_GROUPS
    ]
    if not groups or not weights:
        return None
    return LexicalQuery(groups, minimum_groups(len(groups)), weights)


def minimum_groups(count: int) -> int:
    """Return how many of `count` groups a product must satisfy: half of them, rounded up."""
    return (count + 1) // 2


def _telling(tokens: Sequence[Token], stop_words: Set[str]) -> Sequence[Token]:
    return [token for token in tokens if token.joined not in stop_words] or tokens


def _groups(tokens: Sequence[Token], synonyms: Synonyms) -> Iterator[TermGroup]:
    position = 0
    while position < len(tokens):
        match = synonyms.longest_match(tokens, position)
        length = match.length if match else 1
        own = _spellings(tokens[position : position + length])
        others = match.members if match else ()
        yield TermGroup(_different((*own, *others), synonyms))
        position += length


def _spellings(tokens: Sequence[Token]) -> tuple[Phrase, ...]:
    apart = tuple(part for token in tokens for part in token.parts)
    if len(tokens) == 1 and len(apart) > 1:
        return apart, (tokens[0].joined,)
    return (apart,)


def _different(phrases: Sequence[Phrase], synonyms: Synonyms) -> tuple[Phrase, ...]:
    by_stems: dict[Phrase, Phrase] = {}
    for phrase in phrases:
        by_stems.setdefault(synonyms.stemmed(phrase), phrase)
    return tuple(by_stems.values())


def _distinct(groups: Iterable[TermGroup], synonyms: Synonyms) -> tuple[TermGroup, ...]:
    by_stems: dict[frozenset[Phrase], TermGroup] = {}
    for group in groups:
        stems = frozenset(synonyms.stemmed(phrase) for phrase in group.alternatives)
        by_stems.setdefault(stems, group)
    return tuple(by_stems.values())
