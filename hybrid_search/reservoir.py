"""A uniform sample of a stream of unknown length (reservoir sampling, Vitter 1985)."""

import random
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


@dataclass(slots=True)
class Reservoir(Generic[Kept]):
    """What is kept of a stream: every part of it with the same probability."""

    generator: random.Random
    size: int
    kept: list[Kept] = field(default_factory=list)
    _seen: int = 0

    def next_place(self) -> int | None:
        """Return where the next of the stream is to be put in, or None when it is not kept."""
        self._seen += 1
        if len(self.kept) < self.size:
            return len(self.kept)
        place = self.generator.randrange(self._seen)
        return place if place < self.size else None

    def put(self, place: int, kept: Kept) -> None:
        """Put in what belongs to a place that `next_place` gave."""
        self.kept[place : place + 1] = [kept]

    def add(self, kept: Kept) -> None:
        """Offer the next of the stream."""
        place = self.next_place()
        if place is not None:
            self.put(place, kept)
