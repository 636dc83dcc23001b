"""Synonyms in the format of Solr, looked up when a query is parsed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.analysis.terms import Phrase
from hybrid_search.analysis.tokens import Token, tokenize
from hybrid_search.errors import SettingsError

_COMMA = re.compile(r"(?<!\\),")
_ARROW = "=>"


@dataclass(frozen=True, slots=True)
class SynonymMatch:
    """An entry that some words of a query are equal to.

    Attributes:
        length: how many words of the query it covers.
        members: every phrase that means the same, in the order of the file.
    """

    length: int
    members: tuple[Phrase, ...]


class Synonyms:
    """Phrases that mean the same, compared by their stems.

    Entries are applied to queries alone, on every engine, so a changed file needs no new index.
    """

    def __init__(
        self, members: Mapping[Phrase, tuple[Phrase, ...]], analyzer: ShopAnalyzer
    ) -> None:
        """Take the members by stemmed phrase."""
        self._members = members
        self._analyzer = analyzer
        self._longest = max((len(phrase) for phrase in members), default=0)

    @classmethod
    def none(cls, analyzer: ShopAnalyzer) -> "Synonyms":
        """Return a set without entries."""
        return cls({}, analyzer)

    @classmethod
    def read(cls, path: Path, analyzer: ShopAnalyzer) -> "Synonyms":
        """Return the synonyms of a UTF-8 file.

        Raises:
            SettingsError: the file cannot be read, or a line is not a rule; the text names it.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"cannot read the synonyms {str(path)!r}: {error}; give a UTF-8 text file"
            raise SettingsError(msg) from error
        return cls.parse(text.splitlines(), analyzer, source=str(path))

    @classmethod
    def parse(
        cls, lines: Iterable[str], analyzer: ShopAnalyzer, *, source: str = "synonyms"
    ) -> "Synonyms":
        """Return the synonyms of `lines`.

        `a, b, c` makes all equal; `a, b => c` makes `a` and `b` find `c` as well, not the other
        way round. (Solr would stop looking for `a`; here a shopper's own word always counts.)
        Members may have several words. A phrase on several lines has the members of all of
        them. Text from `#` on is a comment.

        Raises:
            SettingsError: a line is not a rule; the text has `source`, line number and reason.
        """
        members: dict[Phrase, dict[Phrase, None]] = {}
        for number, line in enumerate(lines, start=1):
            rule = line.partition("#")[0].strip()
            if not rule:
                continue
            try:
                found_by, found = _parse_rule(rule)
            except ValueError as error:
                msg = f"{source}, line {number}: {error}; write 'a, b, c' or 'a, b => c'"
                raise SettingsError(msg) from error
            phrases = [phrase for tokens in found for phrase in _phrases(tokens)]
            for tokens in found_by:
                for phrase in _phrases(tokens):
                    stems = tuple(analyzer.stem(word) for word in phrase)
                    members.setdefault(stems, {}).update(dict.fromkeys(phrases))
        return cls({key: tuple(phrases) for key, phrases in members.items()}, analyzer)

    def longest_match(self, tokens: Sequence[Token], position: int) -> SynonymMatch | None:
        """Return the entry that covers most words of `tokens` from `position` on."""
        for length in range(min(self._longest, len(tokens) - position), 0, -1):
            for phrase in _phrases(tokens[position : position + length]):
                members = self._members.get(self.stemmed(phrase))
                if members:
                    return SynonymMatch(length, members)
        return None

    def stemmed(self, phrase: Phrase) -> Phrase:
        """Return the stems of the words of `phrase`."""
        return tuple(self._analyzer.stem(word) for word in phrase)


def _parse_rule(rule: str) -> tuple[list[list[Token]], list[list[Token]]]:
    sides = [list(_entries(side)) for side in rule.split(_ARROW)]
    if len(sides) > 2:  # noqa: PLR2004 - a rule has a left and a right side
        msg = f"{rule!r} has more than one {_ARROW!r}"
        raise ValueError(msg)
    if len(sides) == 1 and len(sides[0]) == 1:
        msg = f"{rule!r} has nothing that it is a synonym of"
        raise ValueError(msg)
    return sides[0], sides[-1]


def _entries(side: str) -> Iterator[list[Token]]:
    for entry in _COMMA.split(side):
        tokens = tokenize(entry)
        if not tokens:
            msg = f"{side.strip()!r} has an entry without a word"
            raise ValueError(msg)
        yield tokens


def _phrases(tokens: Sequence[Token]) -> tuple[Phrase, ...]:
    """Return the ways to write the words: in parts, and with compound words in one piece."""
    apart = tuple(part for token in tokens for part in token.parts)
    joined = tuple(token.joined for token in tokens)
    return (apart,) if apart == joined else (apart, joined)
