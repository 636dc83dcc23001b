"""What the service writes to its log."""

import subprocess
import sys

PROGRAM = """
import structlog
from hybrid_search.api.logs import log_as_json

def fail(key):
    raise RuntimeError("nobody foresaw this")

log_as_json()
try:
    fail("hs_" + "secret")
except RuntimeError as error:
    structlog.get_logger().error("unexpected error", exc_info=error)
"""


def test_a_trace_says_where_and_not_with_what() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert "nobody foresaw this" in ended.stderr
    assert '"name": "fail"' in ended.stderr
    assert "hs_secret" not in ended.stderr
    assert ended.stderr.count("\n") == 1, "one event is one line"
