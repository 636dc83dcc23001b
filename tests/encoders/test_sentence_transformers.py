import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from hybrid_search.encoders.sentence_transformers import Prefixes, SentenceTransformersEncoder
from hybrid_search.errors import EncoderError, MissingExtraError
from tests.encoders.model_copies import copy_model

CLS_POOLING = json.dumps({"word_embedding_dimension": 384, "pooling_mode_cls_token": True})
OWN_PROMPTS = json.dumps({"prompts": {"query": "search: ", "passage": "item: "}})


def load(folder: Path) -> SentenceTransformersEncoder:
    return SentenceTransformersEncoder(str(folder), device="cpu")


def test_name_is_that_of_the_setting(
    original: SentenceTransformersEncoder, model_folder: Path
) -> None:
    assert original.identity.name == f"sentence-transformers:{model_folder}"


def test_published_name_brings_its_prefixes(
    original: SentenceTransformersEncoder, model_folder: Path, tmp_path: Path
) -> None:
    encoder = load(copy_model(model_folder, tmp_path / "e5-small-v2"))
    texts = ["red dress", "crimson gown"]
    as_queries = original.encode_queries([f"query: {text}" for text in texts])
    as_documents = original.encode_documents([f"passage: {text}" for text in texts])
    assert encoder.encode_queries(texts) == pytest.approx(as_queries, abs=1e-6)
    assert encoder.encode_documents(texts) == pytest.approx(as_documents, abs=1e-6)
    assert np.abs(as_queries - as_documents).max() > 0.01


def test_prompts_of_the_model_come_before_published_prefixes(
    model_folder: Path, tmp_path: Path
) -> None:
    replaced = {"config_sentence_transformers.json": OWN_PROMPTS}
    encoder = load(copy_model(model_folder, tmp_path / "e5-small-v2", replaced))
    assert encoder.prefixes == Prefixes("search: ", "item: ")


def test_unknown_name_brings_no_prefixes(original: SentenceTransformersEncoder) -> None:
    assert original.prefixes == Prefixes("", "")


def test_fingerprint_is_that_of_the_model_not_of_its_folder(
    original: SentenceTransformersEncoder, model_folder: Path, tmp_path: Path
) -> None:
    original.encode_documents(["used before, with padding", "x"])
    copy = load(copy_model(model_folder, tmp_path / "elsewhere"))
    assert copy.identity.fingerprint == original.identity.fingerprint
    assert copy.identity != original.identity


@pytest.mark.parametrize(
    ("folder_name", "replaced"),
    [
        ("e5-small-v2", {}),
        ("copy", {"config_sentence_transformers.json": OWN_PROMPTS}),
        ("copy", {"1_Pooling/config.json": CLS_POOLING}),
        ("copy", {"sentence_bert_config.json": '{"max_seq_length": 64}'}),
    ],
    ids=["prefixes", "prompts", "pooling", "tokens"],
)
def test_fingerprint_depends_on_preprocessing(
    original: SentenceTransformersEncoder,
    model_folder: Path,
    tmp_path: Path,
    folder_name: str,
    replaced: dict[str, str],
) -> None:
    encoder = load(copy_model(model_folder, tmp_path / folder_name, replaced))
    assert encoder.identity.fingerprint != original.identity.fingerprint


def test_fingerprint_depends_on_every_weight(model_folder: Path, tmp_path: Path) -> None:
    encoder = load(model_folder)
    with torch.no_grad():
        next(encoder.model.parameters()).view(-1)[-1] += 0.001
    encoder.model.save(str(tmp_path / "tuned"))
    assert load(tmp_path / "tuned").identity.fingerprint != encoder.identity.fingerprint


def test_fingerprint_survives_saving_by_the_library(model_folder: Path, tmp_path: Path) -> None:
    encoder = load(model_folder)
    encoder.model.save(str(tmp_path / "saved"))
    assert load(tmp_path / "saved").identity.fingerprint == encoder.identity.fingerprint


def test_weights_are_used_in_single_precision(model_folder: Path, tmp_path: Path) -> None:
    half = load(model_folder).model.half()
    half.save(str(tmp_path / "half"))
    encoder = load(tmp_path / "half")
    assert {weight.dtype for weight in encoder.model.parameters()} == {torch.float32}


def test_threads_are_set_for_the_process(model_folder: Path) -> None:
    SentenceTransformersEncoder(str(model_folder), threads=2)
    assert torch.get_num_threads() == 2
    SentenceTransformersEncoder(str(model_folder), threads=1)
    assert torch.get_num_threads() == 1


def test_overflowing_model_names_the_text(model_folder: Path) -> None:
    encoder = load(model_folder)
    with torch.no_grad():
        next(encoder.model.parameters()).fill_(float("nan"))
    with pytest.raises(EncoderError, match="gave NaN or infinity for 'red dress'"):
        encoder.encode_queries(["red dress"])


@pytest.mark.parametrize("name", ["no-such-organisation/no-such-model", "no-such-model", "./gone"])
def test_model_that_cannot_be_found_is_named_with_what_to_do(name: str) -> None:
    with pytest.raises(EncoderError, match=f"cannot load the model '{name}'") as caught:
        SentenceTransformersEncoder(name)
    assert "Give a folder" in str(caught.value)
    assert "HF_HUB_OFFLINE" in str(caught.value)


def test_damaged_weights_are_an_encoder_error(model_folder: Path, tmp_path: Path) -> None:
    folder = copy_model(model_folder, tmp_path / "damaged")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(EncoderError, match="cannot load the model"):
        load(folder)


def test_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'hybrid-search\[torch\]'"):
        SentenceTransformersEncoder("all-MiniLM-L6-v2")


def test_importing_the_adapter_imports_no_torch() -> None:
    code = (
        "import sys, hybrid_search.encoders.sentence_transformers\n"
        "print('torch' in sys.modules, 'sentence_transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_loading_shows_no_progress_where_nobody_watches(
    model_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    load(model_folder)
    assert capfd.readouterr() == ("", "")
