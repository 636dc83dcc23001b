"""Times of one search, on a clock that the test moves."""

from hybrid_search.timing import Timing


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_stages_are_timed_one_after_another() -> None:
    clock = Clock()
    timing = Timing(clock)
    clock.seconds += 0.25
    timing.lap("parse")
    clock.seconds += 0.5
    timing.lap("rank")
    assert timing.took_ms == {"parse": 250, "rank": 500, "total": 750}


def test_without_deadlines_nothing_is_limited() -> None:
    assert Timing(Clock()).allowed_ms() is None


def test_a_stage_may_take_its_share_of_what_is_left() -> None:
    clock = Clock()
    timing = Timing(clock, stage_ms=2000, total_ms=1000)
    assert timing.allowed_ms(0.5) == 500
    clock.seconds += 0.5
    assert timing.allowed_ms(0.5) == 250
    assert timing.allowed_ms() == 500


def test_no_stage_may_take_longer_than_a_stage_may() -> None:
    assert Timing(Clock(), stage_ms=200, total_ms=1000).allowed_ms() == 200
    assert Timing(Clock(), stage_ms=200).allowed_ms(0.5) == 200


def test_a_stage_after_the_deadline_still_has_a_moment() -> None:
    clock = Clock()
    timing = Timing(clock, total_ms=100)
    clock.seconds += 5
    assert timing.allowed_ms() == 1
