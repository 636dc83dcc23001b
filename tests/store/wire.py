"""A wire to a server that can be cut, or fall silent, and work again."""

import selectors
import socket
import threading
from contextlib import suppress
from typing import Self

_CHUNK = 65_536
_TICK_S = 0.02


class Wire:
    """Forwards connections of a loopback port to a server, until it is cut or silent.

    Attributes:
        port: where it listens, also while it is cut and after.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener: socket.socket | None = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._is_silent = False
        self._is_over = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._forward, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._thread.join()
        self.cut()

    def cut(self) -> None:
        """Close all connections and refuse new ones."""
        with self._lock:
            if self._listener is not None:
                self._listener.close()
                self._listener = None
            for one in self._pairs:
                one.close()
            self._pairs.clear()

    def fall_silent(self) -> None:
        """Take connections, and deliver nothing from now on."""
        self._is_silent = True

    def mend(self) -> None:
        """Forward again."""
        with self._lock:
            self._is_silent = False
            if self._listener is None:
                self._listener = socket.create_server(("127.0.0.1", self.port))

    def _forward(self) -> None:
        while not self._is_over:
            with self._lock, selectors.DefaultSelector() as selector:
                sockets = [*self._pairs, *([self._listener] if self._listener else [])]
                for one in sockets:
                    selector.register(one, selectors.EVENT_READ)
                ready = [] if self._is_silent else selector.select(_TICK_S)
                for key, _ in ready:
                    with suppress(OSError):
                        self._serve(key.fileobj)
            if self._is_silent:
                threading.Event().wait(_TICK_S)

    def _serve(self, one: object) -> None:
        if one is self._listener and self._listener is not None:
            client, _ = self._listener.accept()
            server = socket.create_connection(self._server)
            self._pairs |= {client: server, server: client}
        elif isinstance(one, socket.socket) and one in self._pairs:
            other = self._pairs[one]
            data = one.recv(_CHUNK)
            if data:
                other.sendall(data)
                return
            for end in (one, other):
                end.close()
                self._pairs.pop(end)
