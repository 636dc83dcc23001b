"""The graph of an exported model: tracing with torch, and quantization. Imports torch."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from hybrid_search.encoders.onnx import INPUT_NAMES, OUTPUT_NAME
from hybrid_search.errors import ExportError

_OPSET = 17
_TRACED_TEXTS = ["red dress", "a long evening gown in crimson silk"]


class _TokenVectors(torch.nn.Module):
    """A transformer as a function of positional inputs to the vectors of tokens."""

    def __init__(self, transformer: Any, names: list[str]) -> None:
        super().__init__()
        self.transformer = transformer
        self.names = names

    def forward(self, *inputs: torch.Tensor) -> Any:
        named = dict(zip(self.names, inputs, strict=True))
        return self.transformer(**named).last_hidden_state


def write_graph(transformer: Any, tokenizer: Any, path: Path) -> None:
    """Write the graph from token ids to token vectors, for any number and length of texts.

    Leaves the transformer with its eager form of attention.

    Raises:
        ExportError: torch cannot trace the model.
    """
    features = tokenizer(_TRACED_TEXTS, padding=True, return_tensors="pt")
    names = [name for name in INPUT_NAMES if name in features]
    # The eager form has the fewest branches that tracing could freeze.
    transformer.set_attn_implementation("eager")
    try:
        with _exporter_warnings_ignored():
            torch.onnx.export(
                _TokenVectors(transformer, names),
                tuple(features[name] for name in names),
                str(path),
                input_names=names,
                output_names=[OUTPUT_NAME],
                dynamic_axes={name: {0: "batch", 1: "sequence"} for name in (*names, OUTPUT_NAME)},
                opset_version=_OPSET,
                dynamo=False,
            )
    except (RuntimeError, TypeError, ValueError) as error:
        raise ExportError(f"torch cannot export this model: {error}") from error


def quantize_graph(path: Path) -> None:
    """Replace the graph by one with int8 weights, a scale per channel."""
    prepared = path.with_suffix(".prepared.onnx")
    with _root_logger_unchanged():
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared,
            path,
            per_channel=True,
            # With the full range, processors without VNNI saturate and give other vectors.
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
    prepared.unlink()


@contextlib.contextmanager
def _exporter_warnings_ignored() -> Iterator[None]:
    with warnings.catch_warnings():
        for message in (
            "You are using the legacy TorchScript-based ONNX export",
            "The feature will be removed. Please remove usage of this function",
            "Exporting aten::index operator of advanced indexing",
            # Whatever tracing froze shows in the comparison with the original.
            "Converting a tensor to a Python",
        ):
            warnings.filterwarnings("ignore", message=message)
        yield


@contextlib.contextmanager
def _root_logger_unchanged() -> Iterator[None]:
    # The quantizer logs to the root logger, which installs a handler when it has none.
    handler = logging.NullHandler()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
