"""What ranking works on: products that any signal found, with their score on every signal."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LEXICAL = "lexical"


@dataclass(frozen=True, slots=True)
class LexicalScore:
    """How a product matches the words of the query.

    Attributes:
        bm25_score: 0 or more; 0 when no word matches.
        has_all_terms: whether every word of the query occurs somewhere in the product.
    """

    bm25_score: float
    has_all_terms: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One product that any signal found.

    Attributes:
        lexical: its match with the words, or None when the query has no words.
        cosine_similarities: by vector signal, in [-1, 1]. A signal that is missing here is
            absent: the product has no such vector.
        values: field values that ranking needs (boosted fields, brand), as stored for filters.
        group_id: what variants of one style share.
    """

    product_id: str
    group_id: str
    lexical: LexicalScore | None = None
    cosine_similarities: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignalBounds:
    """Cosine similarities of one encoder and kind of query, calibrated on the catalogue.

    Attributes:
        floor: below it a product is unrelated to the query and not a result.
        lower: maps to 0 in theoretical normalization.
        upper: a cosine that good matches reach; maps to 1 when no candidate is above it.
    """

    floor: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class CandidateSet:
    """The candidates of one search and the rankings that found them.

    Attributes:
        candidates: by product id.
        legs: by signal, the product ids that its own ranking found, best first. Legs of boosted
            values are not among them, so that a boost changes no normalization and no rank.
    """

    candidates: Mapping[str, Candidate]
    legs: Mapping[str, tuple[str, ...]]
