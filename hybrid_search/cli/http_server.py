"""gunicorn around a WSGI application: processes of threads that lose no request when they stop."""

import importlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker

from hybrid_search.cli.metrics_folder import fresh_metrics_folder
from hybrid_search.cli.terminal import err
from hybrid_search.errors import HybridSearchError

BOOT_SECONDS = 120
"""An encoder may take long to load; after it, only a process that hangs is as quiet."""
KEEPALIVE_SECONDS = 30
MAX_REQUEST_LINE = 8190
MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - gunicorn makes its files there itself


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a service runs.

    Attributes:
        workers: processes.
        threads: of each process.
        graceful_timeout_s: how long requests in flight may take at the end.
    """

    workers: int
    threads: int
    graceful_timeout_s: int


def run_server(application: str, listener: socket.socket, options: ServerOptions) -> None:
    """Answer requests until a signal ends this process; SIGTERM waits for those in flight.

    Args:
        application: `MODULE:NAME`; imported by each process for itself, after the fork, which
            neither ONNX Runtime nor threads survive.
        listener: where requests come in; closed when the service stops.
        options: of the service.

    Raises:
        SystemExit: always, with 0 after a signal and another code after a failure.
    """
    with fresh_metrics_folder():
        server = _Server(application, listener.detach(), options)
        try:
            Arbiter(server).run()
        except HaltServer as halt:
            # Raised once more when several processes cannot start; each has said why.
            sys.exit(halt.exit_status)


class DrainingWorker(ThreadWorker):
    """A process that, when it is stopped, still answers everybody who had connected by then.

    gunicorn's own stops accepting and keeps the socket open until requests in flight are done;
    the operating system goes on connecting clients meanwhile, and resets them at the end.
    """

    def init_signals(self) -> None:
        """Leave Ctrl-C to the parent, which stops this process with a signal of its own.

        A terminal sends it to both; two stops at once wait for each other's lock.
        """
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def set_accept_enabled(self, enabled: bool | None) -> None:  # noqa: FBT001 - gunicorn's
        """Start or stop accepting; at the end, accept who waits and close the door."""
        super().set_accept_enabled(enabled)
        if not self.alive and not enabled:
            for listener in self.sockets:
                self._accept_waiting(listener)
                listener.close()

    def _accept_waiting(self, listener: Any) -> None:
        accepted = -1
        while accepted != self.nr_conns:
            accepted = self.nr_conns
            self.accept(listener)


class _Server(BaseApplication):
    def __init__(self, application: str, descriptor: int, options: ServerOptions) -> None:
        self._application = application
        self._descriptor = descriptor
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings().items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        module, _, name = self._application.partition(":")
        try:
            application: Callable[..., Any] = getattr(importlib.import_module(module), name)
        except HybridSearchError as error:
            err.print(f"[red]{error.code}[/red]: ", end="")
            err.print(str(error), markup=False)
            sys.exit(Arbiter.APP_LOAD_ERROR)
        return application

    def _settings(self) -> dict[str, Any]:
        return {
            "bind": f"fd://{self._descriptor}",
            "workers": self._options.workers,
            "threads": self._options.threads,
            "graceful_timeout": self._options.graceful_timeout_s,
            "worker_class": DrainingWorker,
            "timeout": BOOT_SECONDS,
            "keepalive": KEEPALIVE_SECONDS,
            "limit_request_line": MAX_REQUEST_LINE,
            # A heartbeat in a file on a slow disk looks like a process that hangs.
            "worker_tmp_dir": str(MEMORY_FOLDER) if os.access(MEMORY_FOLDER, os.W_OK) else None,
            "control_socket_disable": True,
            "proc_name": "hybrid-search",
            "child_exit": _forget_process,
        }


def _forget_process(_arbiter: Arbiter, worker: Worker) -> None:
    # Not before the fork: prometheus_client chooses how it counts when it is imported.
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
