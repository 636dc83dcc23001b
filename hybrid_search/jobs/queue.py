"""The queue of tasks as the rest of the system sees it: a task is asked for by its name."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

PayloadValue = str | int
Payload = Mapping[str, PayloadValue]


class TaskName(StrEnum):
    """What can be asked for; the value is the name that travels."""

    STAGE = "hybrid_search.stage"
    """Read the source of a job and cut it into chunks."""
    BEGIN = "hybrid_search.begin"
    """Make the generation of a job."""
    WRITE_CHUNK = "hybrid_search.write_chunk"
    """Encode and write a chunk of a job."""
    FINISH = "hybrid_search.finish"
    """Verify the generation of a job and make it live."""
    RECOVER = "hybrid_search.recover"
    """Ask again for what a broker has lost."""
    WRITE_UPDATES = "hybrid_search.write_updates"
    """Write a batch of product updates."""


class JobQueue(Protocol):
    """Takes tasks to be run later, each at least once, those without a delay in their order."""

    def enqueue(self, task: TaskName, payload: Payload, *, delay_s: float = 0.0) -> None:
        """Ask for a task.

        Args:
            task: what to do.
            payload: what to do it with; small, because it lies in the queue's memory.
            delay_s: how long it must wait, in seconds.

        Raises:
            QueueUnavailableError: the queue cannot be reached.
        """

    def check(self) -> None:
        """Raise when nothing can be enqueued.

        Raises:
            QueueUnavailableError: the queue cannot be reached.
        """

    def close(self) -> None:
        """Release connections; what runs in this process is finished first."""
