"""Folding: one spelling for letters that differ in case or accents alone."""

import unicodedata

_COMPATIBLE_RANGES = (
    (0x00B2, 0x00B3),  # superscript digits
    (0x00B9, 0x00B9),
    (0x0132, 0x0133),  # ij
    (0x017F, 0x017F),  # long s
    (0x01C4, 0x01CC),  # dž, lj, nj
    (0x01F1, 0x01F3),
    (0x2070, 0x2079),  # superscript and subscript digits
    (0x2080, 0x2089),
    (0x2460, 0x2473),  # circled numbers and letters
    (0x24B6, 0x24EA),
    (0xFB00, 0xFB04),  # ligatures: ff, fi, fl, ffi, ffl
    (0xFB06, 0xFB06),
    (0xFF10, 0xFF5A),  # fullwidth forms
)
"""Where a compatibility decomposition is the same word; elsewhere (`º`, `½`) it is not."""

_UNDECOMPOSED = {
    "a": "ə",
    "ae": "æ",
    "b": "ɓ",
    "d": "đðɗɖ",
    "e": "ɛǝ",
    "f": "ƒ",
    "h": "ħ",
    "i": "\N{LATIN SMALL LETTER DOTLESS I}ɨ",
    "k": "ƙ",
    "l": "łŀ",
    "n": "ŋŉɲ",
    "o": "øɔ",
    "oe": "œ",
    "q": "ĸ",
    "ss": "ß",
    "t": "ŧ",
    "th": "þ",
    "u": "ʉ",
    "v": "\N{LATIN SMALL LETTER V WITH HOOK}",
    "y": "ƴ",
    "z": "ƶ",
}
"""Latin letters of living languages that Unicode does not decompose, by what they fold to."""

_BY_LETTER = {letter: plain for plain, letters in _UNDECOMPOSED.items() for letter in letters}


def fold(word: str) -> str:
    """Return `word` in lowercase and with Latin letters as plain ASCII: `Straße` to `strasse`.

    Characters that are not Latin stay as they are. Whatever this folds, the `lowercase` and
    `asciifolding` filters of Lucene fold the same way; those also fold phonetic letters.
    """
    return word.translate(_FOLDED)


class _FoldedCharacters(dict[int, str]):
    """What each character folds to, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


_FOLDED = _FoldedCharacters()


def _fold_character(character: str) -> str:
    lower = character.lower()[:1]
    is_compatible = any(first <= ord(lower) <= last for first, last in _COMPATIBLE_RANGES)
    decomposed = unicodedata.normalize("NFKD" if is_compatible else "NFD", lower)
    letters = (letter for letter in decomposed if not unicodedata.category(letter).startswith("M"))
    folded = "".join(_BY_LETTER.get(letter, letter) for letter in letters)
    return folded if folded.isascii() and folded.isalnum() else lower
