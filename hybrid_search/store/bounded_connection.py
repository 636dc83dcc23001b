"""A connection of psycopg that gives up on a server that falls silent."""

from collections.abc import Mapping
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

ResultT = TypeVar("ResultT")

_CHECK_INTERVAL_S = 0.1
_GRACE_S = 0.5
"""The server ends a statement by itself after the time, and says so; we wait a little longer."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection whose every wait for the server ends.

    `statement_timeout` is kept by the server, and by it alone: a server that is stopped, or behind
    a cut wire, would be waited for without end.
    """

    timeout_ms = 0

    def wait(
        self, gen: PQGen[ResultT], interval: float = _CHECK_INTERVAL_S, *rest: Any, **named: Any
    ) -> ResultT:
        """Return what the exchange with the server returns.

        Raises:
            psycopg.OperationalError: the server said nothing for too long; the connection is
                closed then, because its answer could come later.
        """
        limit_s = self.timeout_ms / 1000 + _GRACE_S
        bounded = self._until(gen, monotonic() + limit_s) if self.timeout_ms else gen
        return super().wait(bounded, interval, *rest, **named)

    def _until(self, gen: PQGen[ResultT], deadline: float) -> PQGen[ResultT]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and monotonic() > deadline:
                    self.pgconn.finish()
                    msg = f"no answer from the server within {self.timeout_ms} ms"
                    raise psycopg.OperationalError(msg)
                wanted = gen.send(ready)
        except StopIteration as done:
            result: ResultT = done.value
            return result


def bounded_connection(params: Mapping[str, Any], timeout_ms: int) -> BoundedConnection:
    """Return an open connection whose waits for the server end a little after the time."""
    connection = BoundedConnection.connect(**params)
    connection.timeout_ms = timeout_ms
    return connection
