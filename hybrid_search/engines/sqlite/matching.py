"""Result sets as masks over the rows of a snapshot."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hybrid_search.analysis.terms import LexicalQuery
from hybrid_search.engines.port import ResultSet, VectorClause
from hybrid_search.engines.sqlite.columns import Mask, Numbers, Rows
from hybrid_search.engines.sqlite.filtering import any_filter_mask, filter_mask
from hybrid_search.engines.sqlite.lexical import LexicalMatch, WordSearch
from hybrid_search.engines.sqlite.snapshot import Snapshot
from hybrid_search.engines.sqlite.vector_block import Similarities
from hybrid_search.errors import EncoderMismatchError


def needed_fields(results: ResultSet) -> set[str]:
    """Return the fields whose columns a result set needs."""
    return {wanted.field for wanted in (*results.filters, *results.hidden)}


def needed_vectors(results: ResultSet) -> set[str]:
    """Return the vector fields whose blocks a result set needs."""
    return {clause.field.name for clause in results.vectors}


@dataclass(frozen=True, slots=True)
class Matcher:
    """Works out masks on one snapshot; `words` looks at the same state of the database."""

    snapshot: Snapshot
    words: WordSearch

    def lexical(self, query: LexicalQuery) -> LexicalMatch:
        """Return which rows match the words."""
        weights = tuple(query.field_weights.items())
        key = (query.groups, query.minimum_groups, query.tie_breaker, weights)
        size = self.snapshot.roster.size
        return self.snapshot.matches.get(key, lambda: self.words.match(query, size))

    def similarities(self, clause: VectorClause) -> Similarities:
        """Return the cosine of every row, in float32.

        Raises:
            EncoderMismatchError: the vector has another dimension than those of the field.
        """
        name = clause.field.name
        block = self.snapshot.blocks[name]
        if clause.vector.shape != (block.dimension,):
            msg = (
                f"the query vector for {name!r} has shape {clause.vector.shape}, the vectors of "
                f"the index have {block.dimension} numbers; use the encoder that built the index"
            )
            raise EncoderMismatchError(msg)
        size = self.snapshot.roster.size
        key = (name, clause.vector.tobytes())
        return self.snapshot.similarities.get(key, lambda: block.similarities(clause.vector, size))

    def exact_similarities(self, clause: VectorClause, rows: Rows) -> Numbers:
        """Return the cosine of some rows, in float64; absent vectors as `ABSENT`."""
        return self.snapshot.blocks[clause.field.name].exact_similarities(clause.vector, rows)

    def is_near(self, clause: VectorClause) -> Mask:
        """Return which rows are at or above the floor of a clause."""
        near: Mask = self.similarities(clause) >= clause.floor
        return near

    def selection(self, results: ResultSet) -> "Selection":
        """Return the result set with its filters apart."""
        kept = self.snapshot.roster.is_present & ~any_filter_mask(self.snapshot, results.hidden)
        found = [self.is_near(clause) for clause in results.vectors]
        if results.lexical is not None:
            found.append(self.lexical(results.lexical).is_match)
        if found:
            kept &= np.logical_or.reduce(found)
        filters = tuple((one.field, filter_mask(self.snapshot, one)) for one in results.filters)
        return Selection(kept, filters)


@dataclass(frozen=True, slots=True)
class Selection:
    """A result set, so that a facet can leave the filters of its own field out.

    Attributes:
        unfiltered: rows that match and are not hidden.
        filters: field and mask of each filter.
    """

    unfiltered: Mask
    filters: tuple[tuple[str, Mask], ...]

    def mask(self, *, without_filters_of: str | None = None) -> Mask:
        """Return the rows of the result set."""
        return _all_of(
            self.unfiltered, (mask for field, mask in self.filters if field != without_filters_of)
        )


def _all_of(first: Mask, others: Iterable[Mask]) -> Mask:
    mask = first.copy()
    for other in others:
        mask &= other
    return mask
