"""Why a product has its place, in words that a person reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from hybrid_search.ranking.explanation import Explanation, SignalTerm

SIGNALS: Mapping[str, str] = {
    "lexical": "words",
    "text_vector": "meaning",
    "image_vector": "picture",
}


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One term of a score."""

    label: str
    detail: str
    amount: str


def why_lines(explanation: Explanation) -> tuple[WhyLine, ...]:
    """Return the terms of a score in the order they are reckoned, the score itself last."""
    lines = [
        WhyLine(_label(term.signal), _detail(term), f"{term.contribution:.4f}")
        for term in explanation.terms
    ]
    lines += [
        WhyLine(_label(signal), "the product has none; its weight goes to the others", "")
        for signal in explanation.absent_signals
    ]
    for boost in explanation.boosts:
        limit = "" if boost.factor == boost.requested else f", asked for × {boost.requested:g}"
        lines.append(WhyLine("boost", f"{boost.field} {boost.value}{limit}", f"× {boost.factor:g}"))
    if explanation.rank_before_diversity is not None:
        place = f"moved from place {explanation.rank_before_diversity} to vary the first places"
        lines.append(WhyLine("diversity", place, ""))
    return (*lines, WhyLine("score", "", f"{explanation.final_score:.4f}"))


def why_summary(explanation: Explanation) -> str:
    """Return the terms of a score in one line."""
    terms = " + ".join(
        f"{_label(term.signal)} {term.contribution:.3f}" for term in explanation.terms
    )
    boosts = "".join(f" × {boost.factor:g} for {boost.value}" for boost in explanation.boosts)
    return terms + boosts


def _label(signal: str) -> str:
    return SIGNALS.get(signal, signal)


def _detail(term: SignalTerm) -> str:
    return f"{_evidence(term)}: {term.part:.4f} × weight {term.share:.2f}"


def _evidence(term: SignalTerm) -> str:
    if term.bm25_score is None:
        found = f"similarity {term.score:.3f}"
    elif term.bm25_score:
        words = "all words" if term.has_all_terms else "some of the words"
        found = f"{words}, BM25 {term.bm25_score:.2f}"
    else:
        found = "no word"
    return f"{found}, place {term.rank}" if term.rank else found
