"""Which part of the program does which task."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from hybrid_search.errors import EngineError, QueueUnavailableError
from hybrid_search.job_control import JobControl
from hybrid_search.jobs.queue import Payload, TaskName
from hybrid_search.jobs.task_runner import Handler
from hybrid_search.reindexing import Reindexer
from hybrid_search.staging import Stager
from hybrid_search.update_writing import UpdateWriter
from hybrid_search.updates import ProductUpdates

_logger = logging.getLogger(__name__)


def task_handlers(
    *,
    control: JobControl,
    stager: Stager,
    reindexer: Reindexer,
    updates: ProductUpdates,
    writer: UpdateWriter,
) -> Mapping[TaskName, Handler]:
    """Return how each task is done; a job whose task fails ends with that reason."""

    def of_job(step: Callable[[Payload], None]) -> Handler:
        return Handler(step, lambda payload, error: control.fail(_job_id(payload), error))

    def recover(payload: Payload) -> None:
        sent_before = datetime.fromisoformat(str(payload["sent_before"]))
        control.recover(sent_before)
        updates.recover(sent_before)

    return {
        TaskName.STAGE: of_job(lambda payload: stager.stage_source(_job_id(payload))),
        TaskName.BEGIN: of_job(lambda payload: reindexer.begin(_job_id(payload))),
        TaskName.WRITE_CHUNK: of_job(
            lambda payload: reindexer.write_chunk(_job_id(payload), int(payload["number"]))
        ),
        TaskName.FINISH: of_job(lambda payload: reindexer.finish(_job_id(payload))),
        TaskName.RECOVER: Handler(recover, _log),
        # What was accepted stays in the ledger until it is written, whatever the engine says.
        TaskName.WRITE_UPDATES: Handler(
            writer.write, _log, passing=(EngineError, QueueUnavailableError), max_attempts=None
        ),
    }


def _job_id(payload: Payload) -> str:
    return str(payload["job_id"])


def _log(payload: Payload, error: BaseException) -> None:
    _logger.error("task of %s failed: %s", dict(payload), error)
