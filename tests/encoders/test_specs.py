import pytest

from hybrid_search.encoders.sentence_transformers import SentenceTransformersEncoder
from hybrid_search.encoders.specs import (
    ENCODER_SPECS,
    EncoderChoice,
    find_spec,
    parse_encoder_setting,
)
from hybrid_search.errors import SettingsError


@pytest.mark.parametrize(
    "name",
    ["intfloat/e5-small-v2", "e5-small-v2", "models/e5-small-v2", "/srv/models/e5-small-v2/"],
)
def test_model_is_known_by_the_last_part_of_its_name(name: str) -> None:
    spec = find_spec(name)
    assert spec is not None
    assert spec.name == "intfloat/e5-small-v2"
    assert (spec.query_prefix, spec.document_prefix) == ("query: ", "passage: ")


@pytest.mark.parametrize("name", ["my-e5-small-v2", "e5-small-v2/snapshot", "model", "", "."])
def test_other_names_are_unknown(name: str) -> None:
    assert find_spec(name) is None


def test_names_in_the_table_are_distinct() -> None:
    assert [find_spec(spec.name) for spec in ENCODER_SPECS] == list(ENCODER_SPECS)


def test_table_agrees_with_the_real_model(original: SentenceTransformersEncoder) -> None:
    spec = find_spec("all-MiniLM-L6-v2")
    assert spec is not None
    assert spec.dimension == original.identity.dimension
    assert spec.max_tokens == original.model.max_seq_length
    assert spec.pooling == original.model[1].pooling_mode


@pytest.mark.parametrize(
    ("setting", "choice"),
    [
        ("onnx:models/minilm", EncoderChoice("onnx", "models/minilm")),
        (" onnx : /srv/a:b ", EncoderChoice("onnx", "/srv/a:b")),
        (
            "sentence-transformers:intfloat/e5-small-v2",
            EncoderChoice("sentence-transformers", "intfloat/e5-small-v2"),
        ),
    ],
)
def test_setting_names_kind_and_location(setting: str, choice: EncoderChoice) -> None:
    assert parse_encoder_setting(setting) == choice


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("sentence-transformer:x", "did you mean 'sentence-transformers'"),
        ("ONNX:x", "unknown kind 'ONNX'"),
        ("all-MiniLM-L6-v2", "unknown kind 'all-MiniLM-L6-v2'"),
        ("onnx:", "'onnx:' has no model"),
        ("onnx", "'onnx' has no model"),
        ("", "unknown kind ''"),
    ],
)
def test_setting_that_cannot_be_read_says_what_to_write(setting: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as caught:
        parse_encoder_setting(setting)
    assert "write sentence-transformers:NAME_OR_FOLDER or onnx:FOLDER" in str(caught.value)
