"""Words of a query on the full-text index: who satisfies how much of it, and how well."""

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
from hybrid_search.analysis.terms import LexicalQuery, TermGroup
from hybrid_search.engines.sqlite import sqlite_queries as sql
from hybrid_search.engines.sqlite.columns import Mask, Numbers, Rows
from hybrid_search.engines.sqlite.generations import GenerationTables
from hybrid_search.errors import EngineTimeoutError
from hybrid_search.query.fields import TEXT_FIELDS

_STEPS_BETWEEN_LOOKS = 1000
_FULL_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class LexicalMatch:
    """Which rows match the words.

    Attributes:
        groups_satisfied: by row.
        scores: BM25 by row as far as it was worked out, NaN elsewhere; filled as needed.
    """

    query: LexicalQuery
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
    """Asks the full-text index of one generation, within one transaction."""

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
        """
        satisfied = np.zeros(size, dtype=np.int16)
        with self._in_time():
            for group in query.groups:
                expression = sql.within_columns(self._expression(group), list(query.field_weights))
                found = self._tables.execute(sql.MATCHING_ROWS, (expression,))
                satisfied[np.fromiter(chain.from_iterable(found), dtype=np.int64)] += 1
        return LexicalMatch(query, satisfied, np.full(size, np.nan))

    def complete_scores(self, match: LexicalMatch, rows: Rows) -> Numbers:
        """Return the BM25 score of rows that match.

        A row's score is the same whatever rows are asked for: the expression always holds all
        words, and the index counts frequencies over the whole generation.

        Raises:
            EngineTimeoutError: it was not done before the deadline.
        """
        missing = rows[np.isnan(match.scores[rows])]
        if len(missing):
            with self._in_time():
                found = self._scores(match, missing)
                pairs = np.array(found, dtype=np.float64).reshape(-1, 2)
            match.scores[pairs[:, 0].astype(np.int64)] = pairs[:, 1]
        return match.scores[rows]

    def _scores(self, match: LexicalMatch, rows: Rows) -> list[tuple[int, float]]:
        query = match.query
        any_group = " OR ".join(self._expression(group) for group in query.groups)
        expression = sql.within_columns(any_group, list(query.field_weights))
        weights = [query.field_weights.get(field, 0.0) for field in TEXT_FIELDS]
        parameters: list[object] = [*weights, expression]
        if len(rows) > _FULL_SHARE * np.count_nonzero(match.groups_satisfied):
            return self._tables.execute(sql.SCORES, parameters).fetchall()
        wanted = json.dumps(rows.tolist())
        return self._tables.execute(sql.SCORES_OF_ROWS, [*parameters, wanted]).fetchall()

    def _expression(self, group: TermGroup) -> str:
        stemmed = [self._stemmed(phrase) for phrase in group.alternatives]
        return sql.match_expression(list(dict.fromkeys(stemmed)))

    def _stemmed(self, phrase: Sequence[str]) -> tuple[str, ...]:
        return tuple(self._analyzer.stem(word) for word in phrase)

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
