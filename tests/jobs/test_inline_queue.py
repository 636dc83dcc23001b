"""Tasks in this process."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from hybrid_search.errors import QueueUnavailableError
from hybrid_search.jobs.inline_queue import InlineQueue
from hybrid_search.jobs.queue import Payload, TaskName

DELAY_S = 0.2


@pytest.fixture
def queue() -> Iterator[InlineQueue]:
    queue = InlineQueue()
    yield queue
    queue.close()


def test_tasks_run_one_after_the_other_in_their_order(queue: InlineQueue) -> None:
    done: list[tuple[TaskName, int]] = []
    running = 0

    def run(task: TaskName, payload: Payload) -> None:
        nonlocal running
        running += 1
        assert running == 1
        time.sleep(0.001)
        running -= 1
        done.append((task, int(payload["number"])))

    queue.serve(run)
    for number in range(20):
        queue.enqueue(TaskName.WRITE_CHUNK, {"number": number})
    queue.wait()
    assert done == [(TaskName.WRITE_CHUNK, number) for number in range(20)]


def test_a_task_may_ask_for_others_and_waiting_includes_them(queue: InlineQueue) -> None:
    done: list[int] = []

    def run(task: TaskName, payload: Payload) -> None:
        number = int(payload["number"])
        done.append(number)
        if number < 5:
            queue.enqueue(task, {"number": number + 1})

    queue.serve(run)
    queue.enqueue(TaskName.WRITE_CHUNK, {"number": 0})
    queue.wait()
    assert done == [0, 1, 2, 3, 4, 5]


def test_a_delayed_task_lets_others_go_first(queue: InlineQueue) -> None:
    done: list[tuple[str, float]] = []
    queue.serve(lambda task, _: done.append((task.value, time.monotonic())))
    started = time.monotonic()
    queue.enqueue(TaskName.BEGIN, {}, delay_s=DELAY_S)
    queue.enqueue(TaskName.FINISH, {})
    queue.wait()
    assert [task for task, _ in done] == [TaskName.FINISH.value, TaskName.BEGIN.value]
    assert done[1][1] - started >= DELAY_S


def test_a_task_that_fails_does_not_stop_the_next(
    queue: InlineQueue, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[TaskName] = []

    def run(task: TaskName, _payload: Payload) -> None:
        if task is TaskName.BEGIN:
            raise ZeroDivisionError
        done.append(task)

    queue.serve(run)
    queue.enqueue(TaskName.BEGIN, {})
    queue.enqueue(TaskName.FINISH, {})
    queue.wait()
    assert done == [TaskName.FINISH]
    assert "task hybrid_search.begin failed" in caplog.text


def test_closing_finishes_the_running_task_and_drops_the_rest(queue: InlineQueue) -> None:
    started, gate = threading.Event(), threading.Event()
    done: list[int] = []

    def run(_task: TaskName, payload: Payload) -> None:
        started.set()
        gate.wait()
        done.append(int(payload["number"]))

    queue.serve(run)
    for number in range(3):
        queue.enqueue(TaskName.WRITE_CHUNK, {"number": number})
    started.wait()
    closing = threading.Thread(target=queue.close)
    closing.start()
    gate.set()
    closing.join()
    assert done == [0]
    with pytest.raises(QueueUnavailableError, match=r"'hybrid_search\.begin' comes too late"):
        queue.enqueue(TaskName.BEGIN, {})


def test_a_process_may_fork_before_the_first_task(queue: InlineQueue) -> None:
    queue.serve(lambda _task, _payload: None)
    child = os.fork()
    if child == 0:
        queue.enqueue(TaskName.BEGIN, {})
        queue.wait()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
