"""`python -m benchmarks.ready_worker`: a worker whose vectors are ready, for benchmarks."""

import sys
from unittest.mock import patch

from benchmarks.ready_encoder import ReadyEncoder
from hybrid_search.cli import main

SETTING = "onnx:ready"

if __name__ == "__main__":
    sys.argv = ["hybrid-search", "worker"]
    with patch("hybrid_search.bootstrap.load_encoder", lambda *_, **__: ReadyEncoder()):
        main()
