"""Servers that are no Elasticsearch, or stand before one and misbehave."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3


@contextmanager
def answering(
    status: int,
    body: str | dict[str, object],
    *,
    content_type: str = "application/json",
    product: str | None = "Elasticsearch",
) -> Iterator[str]:
    """Give the URL of a server that answers everything in the same way."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()

    class Handler(_QuietHandler):
        def answer(self) -> None:
            self.received()
            headers = {"Content-Type": content_type}
            if product is not None:
                headers["X-Elastic-Product"] = product
            self.send(status, headers, content)

    with _serving(Handler) as url:
        yield url


@contextmanager
def silent() -> Iterator[str]:
    """Give the URL of a server that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def overloaded(url: str, *refusals: str) -> Iterator[str]:
    """Give the URL of a proxy that refuses the first bulk requests for lack of room.

    Each refusal is `request`, or `items`, which refuses every second change of the request.
    """
    waiting = list(refusals)
    lock = threading.Lock()
    pool = urllib3.PoolManager()

    class Handler(_QuietHandler):
        def answer(self) -> None:
            content = self.received()
            with lock:
                refusal = waiting.pop(0) if waiting and self.path.startswith("/_bulk") else None
            if refusal == "request":
                error = {"type": "es_rejected_execution_exception", "reason": "no room"}
                body = {"error": {"root_cause": [error], **error}, "status": 429}
                self.send(429, dict(_JSON), json.dumps(body).encode())
                return
            kept, refused = _halves(content) if refusal == "items" else (content, [])
            answer = pool.request(
                self.command, url + self.path, body=kept, headers=_forwarded(self.headers)
            )
            self.send(answer.status, dict(_JSON), _merged(answer.data, refused))

    with _serving(Handler) as address, pool:
        yield address


_JSON = {
    "Content-Type": "application/vnd.elasticsearch+json;compatible-with=8",
    "X-Elastic-Product": "Elasticsearch",
}


class _QuietHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """Answer one request."""

    def received(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        self.answer()

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _handle  # noqa: N815 - names of http.server


@contextmanager
def _serving(handler: type[_QuietHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _forwarded(headers: object) -> dict[str, str]:
    wanted = ("Content-Type", "Accept")
    return {name: headers[name] for name in wanted if headers[name]}  # type: ignore[index] # a Message


def _halves(content: bytes) -> tuple[bytes, list[str]]:
    """Return the bulk request without every second change, and the ids of those."""
    lines = content.splitlines()
    changes = list(zip(lines[::2], lines[1::2], strict=True))
    kept = b"".join(line + b"\n" for change in changes[::2] for line in change)
    return kept, [json.loads(header)["index"]["_id"] for header, _ in changes[1::2]]


def _merged(content: bytes, refused: list[str]) -> bytes:
    """Return the answer to a bulk request with the refused changes back in their places."""
    if not refused:
        return content
    answer = json.loads(content)
    error = {"type": "es_rejected_execution_exception", "reason": "no room"}
    items = iter(answer["items"])
    answer["items"] = []
    for product_id in refused:
        answer["items"].append(next(items))
        answer["items"].append({"index": {"_id": product_id, "status": 429, "error": error}})
    answer["items"] += items
    answer["errors"] = True
    return json.dumps(answer).encode()
