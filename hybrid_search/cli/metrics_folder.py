"""The folder through which the processes of a service add up their metrics."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client looks, once, when it is imported."""


@contextmanager
def fresh_metrics_folder() -> Iterator[Path]:
    """Yield an empty folder that prometheus_client uses from now on; empty or gone at the end.

    It is a temporary one, or the one that PROMETHEUS_MULTIPROC_DIR names. What a former run left
    there would be added to the metrics of this one. A process that is forked inside leaves the
    folder as it is.
    """
    owner = os.getpid()
    named = os.environ.get(VARIABLE)
    folder = Path(named or tempfile.mkdtemp(prefix="hybrid_search-metrics-"))
    folder.mkdir(parents=True, exist_ok=True)
    _empty(folder)
    os.environ[VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        if os.getpid() == owner:
            _empty(folder)
            if not named:
                del os.environ[VARIABLE]
                shutil.rmtree(folder, ignore_errors=True)


def _empty(folder: Path) -> None:
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)
