"""The address that a service listens on."""

import errno
import socket

from hybrid_search.errors import ListenError

BACKLOG = 2048
MAX_PORT = 65535


def parse_bind(bind: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`, or of `[IPV6]:PORT`.

    Raises:
        ListenError: it is written in another way.
    """
    host, _, port = bind.rpartition(":")
    if not host or not port.isascii() or not port.isdigit():
        raise ListenError(f"cannot listen on {bind!r}: write HOST:PORT, such as 127.0.0.1:8000")
    if int(port) > MAX_PORT:
        raise ListenError(f"cannot listen on {bind}: ports end at {MAX_PORT}")
    return host.strip("[]"), int(port)


def open_listener(bind: str) -> socket.socket:
    """Return a socket that listens on `HOST:PORT`; port 0 is any free one.

    Raises:
        ListenError: it cannot; the text says why.
    """
    host, port = parse_bind(bind)
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise ListenError(f"cannot listen on {bind}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program listens there; stop it, or give another --bind"
    return error.strerror or str(error)
