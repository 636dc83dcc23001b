"""Uniform samples of streams."""

import random

from hybrid_search.reservoir import Reservoir


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable on purpose


def test_a_short_stream_is_kept_whole_and_in_order() -> None:
    sample = Reservoir[int](seeded(0), size=10)
    for number in range(10):
        sample.add(number)
    assert sample.kept == list(range(10))


def test_every_part_of_a_long_stream_is_kept_equally_often() -> None:
    draws, size, length = 500, 5, 50
    times_kept = dict.fromkeys(range(length), 0)
    for seed in range(draws):
        sample = Reservoir[int](seeded(seed), size)
        for number in range(length):
            sample.add(number)
        assert len(set(sample.kept)) == size
        for number in sample.kept:
            times_kept[number] += 1
    expected = draws * size / length
    deviation = (expected * (1 - size / length)) ** 0.5
    assert all(abs(times - expected) < 5 * deviation for times in times_kept.values())
