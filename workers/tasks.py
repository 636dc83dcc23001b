"""The tasks, by their names; all of their work is done by `hybrid_search`."""

from celery import signals

from hybrid_search.jobs.queue import PayloadValue, TaskName
from workers.app import app
from workers.process import run, warm_up


@signals.worker_process_init.connect  # type: ignore[untyped-decorator] # celery has no types
def _warm_up(**_: object) -> None:
    warm_up()


def _add(task: TaskName) -> None:
    """Make a task known to the application; messages ask for it by its name."""

    def run_task(**payload: PayloadValue) -> None:
        run(task, payload)

    app.task(run_task, name=task.value)


for _task in TaskName:
    _add(_task)
