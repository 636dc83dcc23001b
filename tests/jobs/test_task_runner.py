"""Tasks that fail: tried again, or taken down."""

import pytest

from hybrid_search.errors import (
    DatabaseUnavailableError,
    EngineUnavailableError,
    QueueUnavailableError,
    VerificationError,
)
from hybrid_search.jobs.queue import Payload, TaskName
from hybrid_search.jobs.task_runner import (
    ATTEMPT,
    MAX_ATTEMPTS,
    MAX_DELAY_S,
    Handler,
    TaskRunner,
)
from tests.job_parts import HeldQueue

PAYLOAD = {"job_id": "j"}


class Failing:
    """A task that raises what it is told to."""

    def __init__(self, error: Exception | None, *, max_attempts: int | None = MAX_ATTEMPTS) -> None:
        self.error = error
        self.fail_error: Exception | None = None
        self.ran: list[Payload] = []
        self.failed: list[BaseException] = []
        self.queue = HeldQueue()
        handler = Handler(self.run, self.fail, max_attempts=max_attempts)
        self.runner = TaskRunner(self.queue, {TaskName.BEGIN: handler})

    def run(self, payload: Payload) -> None:
        self.ran.append(payload)
        if self.error is not None:
            raise self.error

    def fail(self, _payload: Payload, error: BaseException) -> None:
        if self.fail_error is not None:
            raise self.fail_error
        self.failed.append(error)


def test_a_task_that_is_done_is_done() -> None:
    task = Failing(None)
    task.runner.run(TaskName.BEGIN, {**PAYLOAD, ATTEMPT: 3})
    assert task.ran == [PAYLOAD]
    assert (task.failed, list(task.queue.tasks)) == ([], [])


def test_a_passing_trouble_is_waited_for_longer_each_time_and_not_for_ever() -> None:
    task = Failing(EngineUnavailableError("away"))
    task.queue.enqueue(TaskName.BEGIN, PAYLOAD)
    while task.queue.tasks:
        task.runner.run(*task.queue.tasks.popleft())
    assert task.queue.delays[1:] == [1, 2, 4, 8, 16, 32, MAX_DELAY_S, MAX_DELAY_S]
    assert task.ran == [PAYLOAD] * (MAX_ATTEMPTS + 1)
    assert task.failed == [task.error]


@pytest.mark.parametrize("is_found_out_by_failing", [False, True])
def test_a_database_that_is_away_is_waited_for_without_an_end(
    *, is_found_out_by_failing: bool
) -> None:
    away = DatabaseUnavailableError("away")
    task = Failing(VerificationError("no") if is_found_out_by_failing else away)
    task.fail_error = away
    task.runner.run(TaskName.BEGIN, {**PAYLOAD, ATTEMPT: 1_000_000})
    assert list(task.queue.tasks) == [(TaskName.BEGIN, {**PAYLOAD, ATTEMPT: 1_000_001})]
    assert task.queue.delays == [MAX_DELAY_S]


def test_a_task_without_an_end_is_tried_again_and_again() -> None:
    task = Failing(EngineUnavailableError("away"), max_attempts=None)
    task.runner.run(TaskName.BEGIN, {**PAYLOAD, ATTEMPT: 99})
    assert (task.failed, task.queue.delays) == ([], [MAX_DELAY_S])


@pytest.mark.parametrize("error", [VerificationError("no"), ZeroDivisionError()], ids=repr)
def test_what_will_not_pass_is_taken_down_at_once(error: Exception) -> None:
    task = Failing(error)
    task.runner.run(TaskName.BEGIN, PAYLOAD)
    assert (task.failed, list(task.queue.tasks)) == ([error], [])


def test_a_task_that_cannot_be_put_off_is_handed_back() -> None:
    task = Failing(EngineUnavailableError("away"))
    task.queue.error = QueueUnavailableError("also away")
    with pytest.raises(QueueUnavailableError):
        task.runner.run(TaskName.BEGIN, PAYLOAD)
