import json
from pathlib import Path

import numpy as np
import pytest

from hybrid_search.encoders.export import LEAST_COSINES, ExportReport, export_onnx
from hybrid_search.encoders.export_sample import SHOP_TEXTS
from hybrid_search.encoders.model_folder import Precision
from hybrid_search.encoders.onnx import OnnxEncoder
from hybrid_search.encoders.sentence_transformers import SentenceTransformersEncoder
from hybrid_search.errors import EncoderError, ExportError
from tests.encoders.model_copies import copy_model

SAMPLE = ["red dress", "Crimson GOWN, size 38", ""]


def pooling(mode: str) -> dict[str, str]:
    config = {"word_embedding_dimension": 384, f"pooling_mode_{mode}": True}
    return {"1_Pooling/config.json": json.dumps(config)}


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_report_states_the_agreement_on_the_sample(
    precision: Precision,
    original: SentenceTransformersEncoder,
    request: pytest.FixtureRequest,
) -> None:
    report: ExportReport = request.getfixturevalue(f"{precision}_export")
    exported = OnnxEncoder(report.folder)
    products = original.encode_documents(SHOP_TEXTS) * exported.encode_documents(SHOP_TEXTS)
    cosines = products.sum(axis=1)
    assert report.precision == precision
    assert report.sample_size == len(SHOP_TEXTS)
    assert report.least_cosine == pytest.approx(float(cosines.min()), abs=1e-5)
    assert report.mean_cosine == pytest.approx(float(cosines.mean()), abs=1e-5)
    assert report.least_cosine >= LEAST_COSINES[precision]
    assert report.size_bytes == (report.folder / "model.onnx").stat().st_size


def test_int8_is_a_smaller_and_another_encoder(
    fp32_export: ExportReport, int8_export: ExportReport, original: SentenceTransformersEncoder
) -> None:
    assert int8_export.size_bytes < fp32_export.size_bytes / 3
    assert int8_export.fingerprint != fp32_export.fingerprint
    sources = {int8_export.source_fingerprint, fp32_export.source_fingerprint}
    assert sources == {original.identity.fingerprint}


def test_exported_folder_describes_itself(fp32_export: ExportReport) -> None:
    description = json.loads((fp32_export.folder / "encoder.json").read_text())
    files = {path.name for path in fp32_export.folder.iterdir()}
    assert files == {"model.onnx", "tokenizer.json", "encoder.json"}
    assert description["dimension"] == 384
    assert description["max_tokens"] == 256
    assert description["pooling"] == "mean"
    assert description["normalize"] is True
    assert description["precision"] == "fp32"
    assert description["fingerprint"] == fp32_export.fingerprint


def test_published_name_brings_prefixes_and_license(model_folder: Path, tmp_path: Path) -> None:
    source = copy_model(model_folder, tmp_path / "bge-small-en-v1.5", pooling("cls_token"))
    report = export_onnx(str(source), tmp_path / "deep" / "er" / "exported", sample=SAMPLE)
    description = json.loads((report.folder / "encoder.json").read_text())
    assert description["name"] == "BAAI/bge-small-en-v1.5"
    assert description["license"] == "MIT"
    assert description["pooling"] == "cls"
    assert report.least_cosine >= LEAST_COSINES["fp32"]
    exported = OnnxEncoder(report.folder)
    instruction = "Represent this sentence for searching relevant passages: "
    prefixed = exported.encode_documents([f"{instruction}red dress"])
    assert np.array_equal(exported.encode_queries(["red dress"]), prefixed)


def test_folder_can_be_read_by_others(fp32_export: ExportReport, tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.mkdir()
    assert fp32_export.folder.stat().st_mode == usual.stat().st_mode


def test_export_that_disagrees_leaves_nothing_behind(
    model_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(LEAST_COSINES, "int8", 0.9999)
    with pytest.raises(ExportError, match=r"least cosine 0\.9\d+ .*0\.9999 is required"):
        export_onnx(str(model_folder), tmp_path / "new" / "out", precision="int8", sample=SAMPLE)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("mode", ["max_tokens", "lasttoken", "mean_sqrt_len_tokens"])
def test_pooling_that_cannot_be_exported_is_named(
    model_folder: Path, tmp_path: Path, mode: str
) -> None:
    source = copy_model(model_folder, tmp_path / "source", pooling(mode))
    with pytest.raises(ExportError, match="pools by"):
        export_onnx(str(source), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_module_that_cannot_be_exported_is_named(model_folder: Path, tmp_path: Path) -> None:
    modules = json.loads((model_folder / "modules.json").read_text())
    twice = json.dumps([*modules, modules[-1] | {"idx": 3, "name": "3", "path": "3_Normalize"}])
    source = copy_model(model_folder, tmp_path / "source", {"modules.json": twice})
    with pytest.raises(ExportError, match="Transformer, Pooling, Normalize, Normalize; only"):
        export_onnx(str(source), tmp_path / "out")


def test_existing_destination_is_left_alone(model_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="exists; give a folder that does not"):
        export_onnx(str(model_folder), tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_sample_without_texts_is_refused(model_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the sample has no texts"):
        export_onnx(str(model_folder), tmp_path / "out", sample=[])


def test_original_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot load the model 'no-such-model'"):
        export_onnx("no-such-model", tmp_path / "out")


def test_sample_has_every_kind_of_text() -> None:
    assert "" in SHOP_TEXTS
    assert len(set(SHOP_TEXTS)) == len(SHOP_TEXTS) >= 64
    assert max(map(len, SHOP_TEXTS)) > 1500
    assert any(text.isnumeric() for text in SHOP_TEXTS)
    assert any(not text.isascii() for text in SHOP_TEXTS)
