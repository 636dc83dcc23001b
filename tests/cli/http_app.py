"""A small application for the tests of the HTTP server."""

import atexit
import os
import sys
import time
from pathlib import Path

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from hybrid_search.errors import SettingsError

if os.environ.get("APP_FAILS") == "on purpose":
    raise SettingsError("the application [does not] like its settings")
if os.environ.get("APP_FAILS") == "by a bug":
    raise RuntimeError("nobody foresaw this")

answered = Counter("answered", "Requests that were answered.")
alive = Gauge("alive", "Processes.", multiprocess_mode="liveall")
alive.set(1)
app = Flask(__name__)


@app.get("/")
def index() -> dict[str, int]:
    answered.inc()
    return {"process": os.getpid(), "parent": os.getppid()}


@app.get("/slow/<float:seconds>")
def slow(seconds: float) -> str:
    time.sleep(seconds)
    return "done"


@app.get("/metrics")
def metrics() -> bytes:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


@app.get("/loaded")
def loaded() -> dict[str, bool]:
    return {name: name in sys.modules for name in ("onnxruntime", "torch")}


def leave_a_mark() -> None:
    if folder := os.environ.get("MARKS_FOLDER"):
        (Path(folder) / str(os.getpid())).touch()


atexit.register(leave_a_mark)
