"""Fuzzing by the description of the service: schemathesis over the whole OpenAPI."""

import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.running_shop import Shop

ANSWER_SECONDS = 30
GRACE_SECONDS = 120
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
"""Not whether refused input is what the schema refuses: JSON Schema says less than our checks."""


def run(shop: Shop, *, seconds: int, seed: int) -> int:
    """Return how many runs of schemathesis failed; it prints what it found, with the requests."""
    schemathesis = Path(sys.executable).absolute().with_name("schemathesis")
    command = [
        str(schemathesis),
        "--no-color",
        "run",
        f"{shop.url}/openapi.json",
        f"--max-time={seconds}",
        f"--seed={seed}",
        f"--checks={','.join(CHECKS)}",
        f"--request-timeout={ANSWER_SECONDS}",
        "--continue-on-failure",
        "--generation-database=none",
        "--suppress-health-check=all",
        "--warnings=off",
    ]
    try:
        # It keeps what it found in the working folder.
        with tempfile.TemporaryDirectory() as folder:
            ended = subprocess.run(
                command, check=False, timeout=seconds + GRACE_SECONDS, cwd=folder
            )
    except subprocess.TimeoutExpired:
        print(f"schemathesis did not end {GRACE_SECONDS} s after its time")
        return 1
    return int(ended.returncode != 0)
