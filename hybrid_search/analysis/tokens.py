"""Words of a text and the parts they are made of, equal to the tokens of the shop analyzers."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from hybrid_search.analysis.folding import fold

_CACHED_WORDS = 65_536
_APOSTROPHES = str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it stands in a text, lowercase and without accents.

    Attributes:
        pieces: what stands between apostrophes and hyphens, at least one: `wh`, `1000xm4` of
            `WH-1000XM4`. An English possessive `'s` is no piece.
        parts: the pieces cut between letters and digits: `wh`, `1000`, `xm`, `4`.
    """

    pieces: tuple[str, ...]
    parts: tuple[str, ...]

    @property
    def joined(self) -> str:
        """The word written in one: `wh1000xm4`."""
        return "".join(self.parts)


def tokenize(text: str) -> list[Token]:
    """Return the words of `text` in order; a text of punctuation has none."""
    composed = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    return [_split(word) for word in _WORD.findall(composed)]


def is_break(left: str, right: str) -> bool:
    """Return whether one word that begins with `left` and ends with `right` is cut between them."""
    return _BREAK.search(left[-1] + right[0]) is not None


@lru_cache(maxsize=_CACHED_WORDS)
def _split(word: str) -> Token:
    bare = _POSSESSIVE.sub("", word)
    pieces, parts = _MARK.split(bare), _BREAK.split(bare)
    return Token(tuple(fold(piece) for piece in pieces), tuple(fold(part) for part in parts))


def _character_class(codes: Iterable[int], categories: str) -> str:
    """Return the inside of a class: those of `codes` whose general category starts so."""
    return "".join(
        _ranges(code for code in codes if unicodedata.category(chr(code))[0] in categories)
    )


def _ranges(codes: Iterable[int]) -> Iterator[str]:
    first = last = -1
    for code in codes:
        if code != last + 1:
            if first >= 0:
                yield f"{chr(first)}-{chr(last)}"
            first = code
        last = code
    if first >= 0:
        yield f"{chr(first)}-{chr(last)}"


_BASIC_PLANE = range(0x10000)
_ALPHA = _character_class(_BASIC_PLANE, "LM")
_DIGIT = _character_class(_BASIC_PLANE, "N")
_BEYOND = (
    _character_class((*range(0x10000, 0x20000), *range(0xE0100, 0xE01F0)), "LMN")
    + "\U00020000-\U0003fffd"
)
"""Beyond the basic plane a character is letter and digit at once, as for Lucene's splitter."""

_ANY = f"[{_ALPHA}{_DIGIT}{_BEYOND}]"

_RUN = f"{_ANY}{{1,100}}+"
_WORD = re.compile(f"{_RUN}(?:(?<=[0-9])[.](?=[0-9]){_RUN}){{0,15}}+(?:['-]{_RUN}){{0,15}}+")
"""Letters, digits and marks; a dot within a number; apostrophes and hyphens within a word.

Bounded, so that no text can exhaust the stack of the same expression in Java, nor make a term
that Lucene refuses; longer words are cut.
"""

_POSSESSIVE = re.compile(f"(?<=[{_ALPHA}{_BEYOND}])'[sS](?=['-]|$)")

_MARK = re.compile("['-]")
_BREAK = re.compile(f"['-]|(?<=[{_ALPHA}])(?=[.{_DIGIT}])|(?<=[.{_DIGIT}])(?=[{_ALPHA}])")
