"""Words of a query on the full-text indexes: who satisfies how much of it, and how well.

The model is the one of the Elasticsearch adapter. A phrase scores by its best field and a part of
its other fields, a group by its best phrase, and groups add up:

    score = sum over groups of max over phrases of (best + tie_breaker * (sum - best))

with best and sum over fields of weight(field) * BM25(phrase, field).
"""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from hybrid_search.analysis.analyzer import ShopAnalyzer
from hybrid_search.analysis.terms import LexicalQuery, Phrase, TermGroup
from hybrid_search.engines.sqlite import sqlite_queries as sql
from hybrid_search.engines.sqlite.columns import Mask, Numbers, Rows
from hybrid_search.engines.sqlite.generations import GenerationTables
from hybrid_search.engines.sqlite.text_indexes import index_of_phrase
from hybrid_search.errors import EngineTimeoutError, UnknownFieldError
from hybrid_search.query.fields import TEXT_FIELDS

_STEPS_BETWEEN_LOOKS = 1000
_FULL_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Postings:
    """Rows whose text in one field has a phrase."""

    field: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class _PhraseMatch:
    """Where a stemmed phrase occurs, by field."""

    phrase: Phrase
    postings: tuple[_Postings, ...]


@dataclass(frozen=True, slots=True)
class LexicalMatch:
    """Which rows match the words.

    Attributes:
        groups: for each group of the query, its phrases.
        groups_satisfied: by row.
        scores: BM25 by row as far as it was worked out, NaN elsewhere; filled as needed.
    """

    query: LexicalQuery
    groups: tuple[tuple[_PhraseMatch, ...], ...]
    groups_satisfied: npt.NDArray[np.int16]
    scores: Numbers

    @property
    def is_match(self) -> Mask:
        """Which rows satisfy enough groups to be results."""
        enough: Mask = self.groups_satisfied >= self.query.minimum_groups
        return enough

    @property
    def has_all_terms(self) -> Mask:
        """Which rows satisfy every group."""
        every: Mask = self.groups_satisfied == len(self.query.groups)
        return every


class WordSearch:
    """Asks the full-text indexes of one generation, within one transaction."""

    def __init__(
        self, tables: GenerationTables, analyzer: ShopAnalyzer, deadline_ms: int | None
    ) -> None:
        self._tables = tables
        self._analyzer = analyzer
        self._deadline_ms = deadline_ms
        self._end = None if deadline_ms is None else time.monotonic() + deadline_ms / 1000

    def match(self, query: LexicalQuery, size: int) -> LexicalMatch:
        """Return which of `size` rows satisfy which part of the query, without scores.

        Raises:
            EngineTimeoutError: it was not done before the deadline.
            UnknownFieldError: a weight is for a field that has no text.
        """
        for field in query.field_weights:
            if field not in TEXT_FIELDS:
                msg = f"cannot search in {field!r}; text fields are: {', '.join(TEXT_FIELDS)}"
                raise UnknownFieldError(msg)
        with self._in_time():
            groups = tuple(
                tuple(self._phrase_match(phrase, query) for phrase in self._phrases(group))
                for group in query.groups
            )
        satisfied = np.zeros(size, dtype=np.int16)
        for phrases in groups:
            is_satisfied = np.zeros(size, dtype=np.bool_)
            for phrase in phrases:
                for found in phrase.postings:
                    is_satisfied[found.rows] = True
            satisfied += is_satisfied
        return LexicalMatch(query, groups, satisfied, np.full(size, np.nan))

    def complete_scores(self, match: LexicalMatch, rows: Rows) -> Numbers:
        """Return the BM25 scores of rows.

        A row's score is the same whichever rows are asked for together.

        Raises:
            EngineTimeoutError: it was not done before the deadline.
        """
        missing = rows[np.isnan(match.scores[rows])]
        if len(missing):
            place_of_row = np.full(len(match.scores), -1)
            place_of_row[missing] = np.arange(len(missing))
            with self._in_time():
                match.scores[missing] = self._scores(match, place_of_row, len(missing))
        return match.scores[rows]

    def _scores(self, match: LexicalMatch, place_of_row: Rows, number: int) -> Numbers:
        total = np.zeros(number)
        tie_breaker = match.query.tie_breaker
        for phrases in match.groups:
            best_phrase = np.zeros(number)
            for phrase in phrases:
                best, summed = np.zeros(number), np.zeros(number)
                for found in phrase.postings:
                    weight = match.query.field_weights[found.field]
                    places, scores = self._field_scores(phrase.phrase, found, place_of_row)
                    best[places] = np.maximum(best[places], weight * scores)
                    summed[places] += weight * scores
                best_phrase = np.maximum(best_phrase, best + tie_breaker * (summed - best))
            total += best_phrase
        return total

    def _field_scores(
        self, phrase: Phrase, found: _Postings, place_of_row: Rows
    ) -> tuple[Rows, Numbers]:
        """Return the places of the wanted rows that have the phrase, and their scores."""
        wanted = found.rows[place_of_row[found.rows] >= 0]
        statement, parameters = sql.SCORES, [sql.phrase_expression(phrase)]
        if len(wanted) < _FULL_SHARE * len(found.rows):
            statement = sql.SCORES_OF_ROWS
            parameters.append(json.dumps(wanted.tolist()))
        if not len(wanted):
            return wanted, np.empty(0)
        place = index_of_phrase(found.field, phrase)
        pairs = self._tables.execute(statement, parameters, field=place).fetchall()
        numbers = np.array(pairs, dtype=np.float64)
        places = place_of_row[numbers[:, 0].astype(np.int64)]
        return places[places >= 0], numbers[places >= 0, 1]

    def _phrase_match(self, phrase: Phrase, query: LexicalQuery) -> _PhraseMatch:
        expression = sql.phrase_expression(phrase)
        postings = []
        for field in query.field_weights:
            place = index_of_phrase(field, phrase)
            found = self._tables.execute(sql.MATCHING_ROWS, (expression,), field=place)
            rows = np.fromiter(chain.from_iterable(found), dtype=np.int64)
            if len(rows):
                postings.append(_Postings(field, rows))
        return _PhraseMatch(phrase, tuple(postings))

    def _phrases(self, group: TermGroup) -> Sequence[Phrase]:
        stemmed = (tuple(map(self._analyzer.stem, phrase)) for phrase in group.alternatives)
        return tuple(dict.fromkeys(stemmed))

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Stop SQLite at the deadline."""
        end = self._end
        if end is None:
            yield
            return
        connection = self._tables.connection
        self._check(end)
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS_BETWEEN_LOOKS)
        try:
            yield
        except sqlite3.OperationalError:
            self._check(end)
            raise
        finally:
            connection.set_progress_handler(None, 0)

    def _check(self, end: float) -> None:
        if time.monotonic() >= end:
            msg = f"the words were not looked up within {self._deadline_ms} ms"
            raise EngineTimeoutError(msg)
