"""How long the stages of one search take, and how long they may take."""

from collections.abc import Callable, Mapping

MS = 1000


class Timing:
    """Measures stages one after another, and divides what is left of a deadline among them.

    `clock` returns seconds and only goes forward.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        stage_ms: int | None = None,
        total_ms: int | None = None,
    ) -> None:
        """Start.

        Args:
            clock: such as `time.perf_counter`.
            stage_ms: longest wait for any stage; None for no limit.
            total_ms: longest wait for all stages together; None for no limit.
        """
        self._clock = clock
        self._started = self._lap = clock()
        self._stage_ms = stage_ms
        self._total_ms = total_ms
        self._took_ms: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Note the time since the former lap under the name of a stage."""
        now = self._clock()
        self._took_ms[stage] = round((now - self._lap) * MS, 3)
        self._lap = now

    def allowed_ms(self, share: float = 1.0) -> int | None:
        """Return the longest wait for the next stage, in ms, 1 at least; None for no limit.

        Args:
            share: of the time left in all that this stage may take; the rest is for what follows.
        """
        if self._total_ms is None:
            return self._stage_ms
        left = self._total_ms - (self._clock() - self._started) * MS
        allowed = max(1, int(left * share))
        return allowed if self._stage_ms is None else min(allowed, self._stage_ms)

    @property
    def took_ms(self) -> Mapping[str, float]:
        """Milliseconds by stage, and their `total`."""
        return {**self._took_ms, "total": round((self._lap - self._started) * MS, 3)}
