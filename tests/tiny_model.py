"""A real ONNX text model that takes milliseconds to write and load: mean word embeddings."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from hybrid_search.encoders.model_folder import (
    MODEL_FILE,
    TOKENIZER_FILE,
    ModelUse,
    describe_model,
)

DIMENSION = 32
UNKNOWN = "[UNK]"


def write_tiny_model(folder: Path, words: set[str], *, seed: int = 0) -> Path:
    """Write the folder of a model that knows these words; another seed is another model."""
    folder.mkdir(parents=True)
    vocabulary = {word: number for number, word in enumerate([UNKNOWN, *sorted(words)])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / TOKENIZER_FILE))
    onnx.save(_graph(len(vocabulary), seed), folder / MODEL_FILE)
    describe_model(
        folder,
        ModelUse(
            name="tiny",
            dimension=DIMENSION,
            max_tokens=64,
            pooling="mean",
            query_prefix="",
            document_prefix="",
            license=None,
            precision="fp32",
            source_fingerprint=f"tiny-{seed}",
        ),
    )
    return folder


def _graph(size: int, seed: int) -> onnx.ModelProto:
    table = np.random.default_rng(seed).normal(size=(size, DIMENSION)).astype(np.float32)
    places = ["batch", "token"]
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["token_embeddings"])],
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, places)],
        [
            helper.make_tensor_value_info(
                "token_embeddings", TensorProto.FLOAT, [*places, DIMENSION]
            )
        ],
        [numpy_helper.from_array(table, "table")],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="tests"
    )
