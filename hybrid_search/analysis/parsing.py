"""From what a shopper typed to the words that an engine looks for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from hybrid_search.analysis.synonyms import Synonyms
from hybrid_search.analysis.terms import LexicalQuery, Phrase, TermGroup
from hybrid_search.analysis.tokens import Token, is_break, tokenize

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
    that may be a model number cut apart (`xm 4`, `8 gb`) are also met by both side by side.
    Words that together are an entry of the synonyms make one group; the longest entry wins.
    Words with equal stems are one alternative. A group that occurs again is dropped, and so are
    groups after the first 32. Nothing in the text is syntax. Fields of weight 0 are not searched.

    Returns None when there is nothing to look for: no word, or no field with a weight.
    """
    weights = {field: weight for field, weight in field_weights.items() if weight > 0}
    found = _groups(_telling(tokenize(text), stop_words), synonyms)
    groups = _distinct(found, synonyms)[:MAX_GROUPS]
    if not groups or not weights:
        return None
    return LexicalQuery(groups, minimum_groups(len(groups)), weights)


def minimum_groups(count: int) -> int:
    """Return how many of `count` groups a product must satisfy: half of them, rounded up."""
    return (count + 1) // 2


def _telling(tokens: Sequence[Token], stop_words: Set[str]) -> Sequence[Token]:
    return [token for token in tokens if token.joined not in stop_words] or tokens


def _groups(
    tokens: Sequence[Token], synonyms: Synonyms
) -> Iterator[tuple[tuple[Phrase, ...], tuple[Phrase, ...]]]:
    """Yield the spellings of each group, and the phrases with neighbours that meet it too."""
    position = 0
    while position < len(tokens):
        match = synonyms.longest_match(tokens, position)
        length = match.length if match else 1
        own = _spellings(tokens[position : position + length])
        others = match.members if match else ()
        around = tuple(_with_neighbours(tokens, position)) if length == 1 else ()
        yield (*own, *others), around
        position += length


def _spellings(tokens: Sequence[Token]) -> tuple[Phrase, ...]:
    apart = tuple(part for token in tokens for part in token.parts)
    if len(tokens) == 1 and len(apart) > 1:
        return apart, (tokens[0].joined,)
    return (apart,)


def _with_neighbours(tokens: Sequence[Token], position: int) -> Iterator[Phrase]:
    """Yield a word of one part with the word on each side that it may make a model number with.

    The words of `WH-1000XM4` are `wh` and `1000xm4`: `xm 4` finds it as two parts side by side,
    while `4` alone does not.
    """
    if len(tokens[position].parts) > 1:
        return
    for first in (position - 1, position):
        if 0 <= first < len(tokens) - 1:
            left, right = tokens[first].parts[-1], tokens[first + 1].parts[0]
            if is_break(left, right):
                yield left, right


def _distinct(
    groups: Iterable[tuple[tuple[Phrase, ...], tuple[Phrase, ...]]], synonyms: Synonyms
) -> tuple[TermGroup, ...]:
    """Return the groups whose spellings are not those of a former one."""
    by_stems: dict[frozenset[Phrase], TermGroup] = {}
    for spellings, around in groups:
        stems = frozenset(synonyms.stemmed(phrase) for phrase in spellings)
        by_stems.setdefault(stems, TermGroup(_different((*spellings, *around), synonyms)))
    return tuple(by_stems.values())


def _different(phrases: Sequence[Phrase], synonyms: Synonyms) -> tuple[Phrase, ...]:
    by_stems: dict[Phrase, Phrase] = {}
    for phrase in phrases:
        by_stems.setdefault(synonyms.stemmed(phrase), phrase)
    return tuple(by_stems.values())
