import time
from collections.abc import Iterator
from threading import Barrier, Thread

import numpy as np
import pytest

from hybrid_search.engines.sqlite.columns import Column, ValueCodes


@pytest.fixture
def red() -> Column:
    return Column.of([(1, "red", None)])


class Interrupted(str):
    """A text that lets other threads go first whenever it is looked up."""

    __slots__ = ()

    def __hash__(self) -> int:
        time.sleep(0)
        return super().__hash__()


def test_a_value_that_another_thread_adds_meanwhile_is_of_no_row(red: Column) -> None:
    is_second = np.array([False, False, True])
    later: list[Column] = []

    def wanted() -> Iterator[str]:
        writer = Thread(target=lambda: later.append(red.updated(is_second, [(2, "blue", None)])))
        writer.start()
        writer.join()
        yield from ("blue", "red")

    assert red.having_any(wanted(), 3).tolist() == [False, True, False]
    assert later[0].having_any(["blue"], 3).tolist() == [False, False, True]


def test_a_value_that_nobody_has_matches_nothing(red: Column) -> None:
    assert not red.having_any(["green"], 3).any()
    assert not red.having_any([], 3).any()
    assert not Column.of([]).having_any(["red"], 3).any()


def test_an_older_state_keeps_its_answers(red: Column) -> None:
    newer = red.updated(np.array([False, True, False]), [(1, "blue", None), (2, "red", None)])
    assert red.values_of(np.array([1, 2])) == [("red",), ()]
    assert newer.values_of(np.array([1, 2])) == [("blue",), ("red",)]
    for column, expected in ((red, {"red": 1}), (newer, {"red": 1, "blue": 1})):
        counts = column.counts(np.array([False, True, True])).tolist()
        found = dict(zip(column.values.texts, counts, strict=True))
        assert {text: count for text, count in found.items() if count} == expected


def test_threads_that_add_the_same_texts_agree_on_their_codes() -> None:
    number, texts = 4, [Interrupted(f"value {n}") for n in range(500)]
    values = ValueCodes()
    together = Barrier(number)
    given: list[list[int]] = []

    def add_all() -> None:
        together.wait()
        given.append([int(code) for text in texts for code in values.add([text])])

    threads = [Thread(target=add_all) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert given == [given[0]] * number
    assert [values.texts[code] for code in given[0]] == texts
    assert len(values.texts) == len(texts)
