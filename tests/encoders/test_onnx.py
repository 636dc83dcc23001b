import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hybrid_search.encoders.export import ExportReport
from hybrid_search.encoders.model_folder import ModelUse, describe_model, read_model_folder
from hybrid_search.encoders.onnx import OnnxEncoder
from hybrid_search.errors import EncoderError
from tests.encoders.model_copies import copy_model

LOAD_WITHOUT_TORCH = """
import sys
from hybrid_search.encoders.onnx import OnnxEncoder
encoder = OnnxEncoder(sys.argv[1])
assert encoder.encode_queries(["red dress"]).shape == (1, 384)
print(*({"torch", "transformers", "sentence_transformers", "onnx"} & set(sys.modules)))
"""

COUNT_THREADS = """
import os, sys
from hybrid_search.encoders.onnx import OnnxEncoder
before = len(os.listdir("/proc/self/task"))
encoder = OnnxEncoder(sys.argv[1], threads=int(sys.argv[2]))
encoder.encode_documents(["red dress", "crimson gown"] * 20)
print(len(os.listdir("/proc/self/task")) - before)
"""


def run_python(code: str, *arguments: object) -> str:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


def redescribe(folder: Path, **changes: object) -> Path:
    """Sign the folder as it is now, as if it had been exported with `changes`."""
    description = read_description(folder)
    use = {name: description[name] for name in ModelUse.model_fields}
    describe_model(folder, ModelUse.model_validate(use | changes))
    return folder


def read_description(folder: Path) -> dict[str, object]:
    description: dict[str, object] = json.loads((folder / "encoder.json").read_text())
    return description


def test_loading_a_model_imports_no_torch(fp32_export: ExportReport) -> None:
    assert run_python(LOAD_WITHOUT_TORCH, fp32_export.folder) == ""


@pytest.mark.parametrize("threads", [1, 3])
def test_calls_run_on_as_many_threads_as_asked(fp32_export: ExportReport, threads: int) -> None:
    # The caller is one of them.
    assert int(run_python(COUNT_THREADS, fp32_export.folder, threads)) == threads - 1


def test_name_is_that_of_the_setting(fp32_export: ExportReport) -> None:
    encoder = OnnxEncoder(str(fp32_export.folder))
    assert encoder.identity.name == f"onnx:{fp32_export.folder}"
    assert encoder.identity.fingerprint == fp32_export.fingerprint


def test_neighbours_in_a_call_never_change_an_int8_vector(onnx_int8: OnnxEncoder) -> None:
    texts = ["red dress", "!!!", "4006381333931", "robe d'été", ""]
    together = onnx_int8.encode_documents(texts)
    for row, text in enumerate(texts):
        assert np.array_equal(onnx_int8.encode_documents([text])[0], together[row])


def test_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"there is no folder '.*nowhere'; give the folder"):
        OnnxEncoder(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "encoder.json"])
def test_missing_file_is_named(fp32_export: ExportReport, tmp_path: Path, name: str) -> None:
    folder = copy_model(fp32_export.folder, tmp_path / "copy")
    (folder / name).unlink()
    with pytest.raises(EncoderError, match=rf"cannot read '.*{name}': No such file"):
        OnnxEncoder(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_changed_file_is_refused(fp32_export: ExportReport, tmp_path: Path, name: str) -> None:
    folder = copy_model(fp32_export.folder, tmp_path / "copy")
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    (folder / name).write_bytes(content + b" ")
    with pytest.raises(EncoderError, match=rf"{name}' is not the file that was exported"):
        OnnxEncoder(folder)


def test_changed_prefix_is_refused(fp32_export: ExportReport, tmp_path: Path) -> None:
    description = read_description(fp32_export.folder) | {"query_prefix": "query: "}
    folder = copy_model(
        fp32_export.folder, tmp_path / "copy", {"encoder.json": json.dumps(description)}
    )
    with pytest.raises(EncoderError, match=r"encoder\.json' was changed after the export"):
        OnnxEncoder(folder)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("not json", "file: Invalid JSON"),
        ("{}", "dimension: Field required"),
        ('{"dimension": "many"}', "dimension: Input should be a valid integer"),
        ('{"pooling": "max"}', "pooling: Input should be 'mean' or 'cls'"),
        ('{"normalize": false}', "normalize: Input should be True"),
        ('{"speed": 9}', "speed: Extra inputs are not permitted"),
    ],
)
def test_description_that_is_none_is_refused(
    fp32_export: ExportReport, tmp_path: Path, text: str, problem: str
) -> None:
    folder = copy_model(fp32_export.folder, tmp_path / "copy", {"encoder.json": text})
    with pytest.raises(EncoderError, match=problem):
        OnnxEncoder(folder)


@pytest.mark.parametrize(
    ("name", "problem"),
    [("model.onnx", "cannot load .*Protobuf"), ("tokenizer.json", "is not a tokenizer")],
)
def test_file_that_is_no_model_is_refused(
    fp32_export: ExportReport, tmp_path: Path, name: str, problem: str
) -> None:
    folder = copy_model(fp32_export.folder, tmp_path / "copy")
    (folder / name).unlink()
    (folder / name).write_text("nonsense")
    with pytest.raises(EncoderError, match=problem):
        OnnxEncoder(redescribe(folder))


def test_model_of_another_dimension_is_refused(fp32_export: ExportReport, tmp_path: Path) -> None:
    folder = redescribe(copy_model(fp32_export.folder, tmp_path / "copy"), dimension=100)
    with pytest.raises(EncoderError, match="gives token_embeddings of dimension 100"):
        OnnxEncoder(folder)


def test_failure_of_the_runtime_is_an_encoder_error(
    fp32_export: ExportReport, tmp_path: Path
) -> None:
    # The model has positions for 512 tokens.
    folder = redescribe(copy_model(fp32_export.folder, tmp_path / "copy"), max_tokens=600)
    with pytest.raises(EncoderError, match="failed on 1 texts of up to 600 tokens"):
        OnnxEncoder(folder).encode_documents(["dress " * 1000])


def test_fingerprint_does_not_depend_on_place_name_or_license(
    fp32_export: ExportReport, tmp_path: Path
) -> None:
    folder = copy_model(fp32_export.folder, tmp_path / "copy")
    redescribe(folder, name="renamed", license="MIT")
    assert read_model_folder(folder).fingerprint == fp32_export.fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {"query_prefix": "query: "},
        {"document_prefix": "passage: "},
        {"pooling": "cls"},
        {"max_tokens": 128},
    ],
)
def test_fingerprint_depends_on_all_that_changes_vectors(
    fp32_export: ExportReport, tmp_path: Path, changes: dict[str, object]
) -> None:
    folder = redescribe(copy_model(fp32_export.folder, tmp_path / "copy"), **changes)
    assert read_model_folder(folder).fingerprint != fp32_export.fingerprint
