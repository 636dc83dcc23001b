"""How long the stages of one search take."""

from collections.abc import Callable, Mapping


class Stopwatch:
    """Measures stages one after another; `clock` returns seconds and only goes forward."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = self._lap = clock()
        self._took_ms: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Note the time since the former lap under the name of a stage."""
        now = self._clock()
        self._took_ms[stage] = round((now - self._lap) * 1000, 3)
        self._lap = now

    @property
    def took_ms(self) -> Mapping[str, float]:
        """Milliseconds by stage, and their `total`."""
        return {**self._took_ms, "total": round((self._lap - self._started) * 1000, 3)}
