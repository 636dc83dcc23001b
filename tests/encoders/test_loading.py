from pathlib import Path

import pytest

from hybrid_search.encoders.export import ExportReport
from hybrid_search.encoders.loading import load_encoder
from hybrid_search.encoders.onnx import OnnxEncoder
from hybrid_search.encoders.sentence_transformers import SentenceTransformersEncoder
from hybrid_search.errors import EncoderError, SettingsError


def test_setting_chooses_onnx(fp32_export: ExportReport) -> None:
    setting = f"onnx:{fp32_export.folder}"
    encoder = load_encoder(setting, threads=1)
    assert isinstance(encoder, OnnxEncoder)
    assert encoder.identity.name == setting


def test_setting_chooses_sentence_transformers(model_folder: Path) -> None:
    setting = f"sentence-transformers:{model_folder}"
    encoder = load_encoder(setting, threads=1)
    assert isinstance(encoder, SentenceTransformersEncoder)
    assert encoder.identity.name == setting


def test_model_that_is_not_there_is_an_encoder_error(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="there is no folder"):
        load_encoder(f"onnx:{tmp_path / 'nowhere'}", threads=1)


def test_less_than_one_thread_is_refused() -> None:
    with pytest.raises(SettingsError, match="cannot run on 0 threads; give 1 or more"):
        load_encoder("onnx:anywhere", threads=0)


def test_unknown_kind_is_refused_before_anything_is_loaded() -> None:
    with pytest.raises(SettingsError, match="did you mean 'onnx'"):
        load_encoder("onx:anywhere", threads=1)
