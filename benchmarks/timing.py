"""Timing two or more ways of doing one thing, in turn, so that drift of the machine hits all."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor


def interleaved_ms(
    ways: Mapping[str, Callable[[str], object]], inputs: Sequence[str], *, warmup: int = 20
) -> dict[str, list[float]]:
    """Return milliseconds of each way on every input; the ways take turns on each input."""
    for text in inputs[:warmup]:
        for way in ways.values():
            way(text)
    took: dict[str, list[float]] = {name: [] for name in ways}
    for text in inputs:
        for name, way in ways.items():
            started = time.perf_counter()
            way(text)
            took[name].append((time.perf_counter() - started) * 1000)
    return took


def interleaved_per_second(
    ways: Mapping[str, Callable[[str], object]],
    inputs: Sequence[str],
    *,
    clients: int,
    rounds: int = 3,
) -> dict[str, float]:
    """Return how many inputs a second each way does for that many clients: median of the rounds."""
    reached: dict[str, list[float]] = {name: [] for name in ways}
    with ThreadPoolExecutor(clients) as pool:
        for number in range(rounds + 1):
            for name, way in ways.items():
                started = time.perf_counter()
                list(pool.map(way, inputs))
                if number > 0:  # the first one warms up
                    reached[name].append(len(inputs) / (time.perf_counter() - started))
    return {name: statistics.median(rates) for name, rates in reached.items()}


def percentiles(milliseconds: Sequence[float]) -> str:
    """Return median and 95th percentile as text."""
    ordered = sorted(milliseconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"p50 {statistics.median(ordered):6.2f} ms, p95 {p95:6.2f} ms"


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the ratio of the medians."""
    return statistics.median(above) / statistics.median(below)


def print_ratio(what: str, ratio: float, target: str) -> None:
    """Print one figure with what it should reach."""
    print(f"  {what}: {ratio:.2f} (target {target})", flush=True)
