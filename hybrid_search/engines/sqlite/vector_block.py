"""All vectors of one field in one contiguous block, searched exactly."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hybrid_search.engines.port import Vector
from hybrid_search.engines.sqlite.columns import Mask, Numbers, Rows
from hybrid_search.engines.sqlite.preparing import STORED_VECTORS

Matrix = npt.NDArray[np.float32]
Similarities = npt.NDArray[np.float32]

ABSENT = -np.inf
"""Similarity of a product that has no vector."""

_NOBODY = -1
_GROWTH = 1.5
_MAX_DEAD_SHARE = 0.25


class _Buffer:
    """Memory that grows at its end; what was handed out is never written again."""

    def __init__(self, capacity: int, dimension: int) -> None:
        self._memory: Matrix = np.empty((capacity, dimension), dtype=np.float32)

    def write(self, start: int, vectors: Matrix) -> None:
        """Copy the vectors to the places from `start` on."""
        end = start + len(vectors)
        if end > len(self._memory):
            grown = np.empty((int(end * _GROWTH), self._memory.shape[1]), dtype=np.float32)
            grown[:start] = self._memory[:start]
            self._memory = grown
        self._memory[start:end] = vectors

    def first(self, number: int) -> Matrix:
        """Return the first vectors, without a copy."""
        return self._memory[:number]


@dataclass(frozen=True, slots=True)
class VectorBlock:
    """Unit vectors of all products; those of one product stand side by side as a run.

    A block is never changed: `updated` returns another one, which shares the memory.

    Attributes:
        vectors: shape `(number, dimension)`.
        starts: where each run begins.
        owners: row of the product that a run belongs to; -1 when it was replaced or deleted.
    """

    buffer: _Buffer
    vectors: Matrix
    starts: Rows
    owners: Rows

    @classmethod
    def of(
        cls, rows: Iterable[tuple[int, bytes]], *, capacity: int, dimension: int
    ) -> "VectorBlock":
        """Return the block of packed vectors by product row.

        Args:
            rows: row of a product and its vectors, as bytes.
            capacity: number of vectors to make room for.
            dimension: numbers in a vector.
        """
        nothing = np.empty(0, dtype=np.int64)
        buffer = _Buffer(capacity, dimension)
        return cls(buffer, buffer.first(0), nothing, nothing)._appended(rows)

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return int(self.vectors.shape[1])

    def updated(self, is_changed: Mask, rows: Iterable[tuple[int, bytes]]) -> "VectorBlock":
        """Return the block with the vectors of changed rows replaced."""
        is_replaced = (self.owners != _NOBODY) & is_changed[self.owners]
        owners = np.where(is_replaced, _NOBODY, self.owners)
        block = VectorBlock(self.buffer, self.vectors, self.starts, owners)._appended(rows)
        lengths = block._lengths()
        dead = int(lengths[block.owners == _NOBODY].sum())
        return block._compacted() if dead > _MAX_DEAD_SHARE * len(block.vectors) else block

    def similarities(self, query: Vector, size: int) -> Similarities:
        """Return the cosine of the best vector of each of `size` rows, in float32.

        A row without a vector has `ABSENT`.
        """
        found = np.full(size, ABSENT, dtype=np.float32)
        if len(self.starts):
            products = self.vectors @ np.ascontiguousarray(query, dtype=np.float32)
            best = np.maximum.reduceat(products, self.starts)
            is_owned = self.owners != _NOBODY
            found[self.owners[is_owned]] = best[is_owned]
        return found

    def exact_similarities(self, query: Vector, rows: Rows) -> Numbers:
        """Return the cosine of the best vector of some rows, in float64.

        Equal vectors have equal cosines here, wherever they stand in the block; the products of
        a whole matrix may differ in the last bit.
        """
        runs = self._run_of_row(int(rows.max(initial=0)) + 1)[rows]
        found = np.full(len(rows), ABSENT)
        is_present = runs != _NOBODY
        runs = runs[is_present]
        if len(runs):
            lengths = self._lengths()[runs]
            ends = np.cumsum(lengths)
            places = np.repeat(self.starts[runs] - (ends - lengths), lengths) + np.arange(ends[-1])
            vectors = self.vectors[places].astype(np.float64)
            exact = np.einsum("ij,j->i", vectors, query.astype(np.float64))
            found[is_present] = np.maximum.reduceat(exact, ends - lengths).clip(-1.0, 1.0)
        return found

    def _run_of_row(self, size: int) -> Rows:
        is_owned = self.owners != _NOBODY
        run_of_row = np.full(max(size, int(self.owners.max(initial=0)) + 1), _NOBODY)
        run_of_row[self.owners[is_owned]] = np.flatnonzero(is_owned)
        return run_of_row

    def _lengths(self) -> Rows:
        return np.diff(self.starts, append=len(self.vectors))

    def _appended(self, rows: Iterable[tuple[int, bytes]]) -> "VectorBlock":
        starts, owners = [], []
        position = len(self.vectors)
        for row, packed in rows:
            vectors = np.frombuffer(packed, dtype=STORED_VECTORS).reshape(-1, self.dimension)
            self.buffer.write(position, vectors)
            starts.append(position)
            owners.append(row)
            position += len(vectors)
        return VectorBlock(
            self.buffer,
            self.buffer.first(position),
            np.concatenate([self.starts, np.array(starts, dtype=np.int64)]),
            np.concatenate([self.owners, np.array(owners, dtype=np.int64)]),
        )

    def _compacted(self) -> "VectorBlock":
        is_owned = self.owners != _NOBODY
        lengths = self._lengths()
        number = int(lengths[is_owned].sum())
        buffer = _Buffer(number, self.dimension)
        buffer.write(0, self.vectors[np.repeat(is_owned, lengths)])
        starts = np.cumsum(lengths[is_owned]) - lengths[is_owned]
        return VectorBlock(buffer, buffer.first(number), starts, self.owners[is_owned])
