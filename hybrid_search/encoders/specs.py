"""Published text models as data, and the setting that chooses an encoder."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, get_args

from hybrid_search.errors import SettingsError, suggestion

Pooling = Literal["mean", "cls"]
EncoderKind = Literal["sentence-transformers", "onnx"]

ENCODER_KINDS: tuple[EncoderKind, ...] = get_args(EncoderKind)

_E5_QUERY = "query: "
_E5_DOCUMENT = "passage: "
_BGE_QUERY = "Represent this sentence for searching relevant passages: "


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """What the authors of a published model say about its use.

    Attributes:
        name: organisation and model, as on the model hub.
        dimension: length of its vectors.
        max_tokens: longer texts are cut.
        pooling: how the vectors of tokens become one.
        license: SPDX identifier.
        query_prefix: what the model expects before a query.
        document_prefix: what the model expects before a document.
    """

    name: str
    dimension: int
    max_tokens: int
    pooling: Pooling
    license: str
    query_prefix: str = ""
    document_prefix: str = ""


ENCODER_SPECS: tuple[EncoderSpec, ...] = (
    EncoderSpec("sentence-transformers/all-MiniLM-L6-v2", 384, 256, "mean", "Apache-2.0"),
    EncoderSpec("sentence-transformers/all-mpnet-base-v2", 768, 384, "mean", "Apache-2.0"),
    EncoderSpec(
        "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
        384,
        128,
        "mean",
        "Apache-2.0",
    ),
    EncoderSpec("intfloat/e5-small-v2", 384, 512, "mean", "MIT", _E5_QUERY, _E5_DOCUMENT),
    EncoderSpec("intfloat/e5-base-v2", 768, 512, "mean", "MIT", _E5_QUERY, _E5_DOCUMENT),
    EncoderSpec("intfloat/multilingual-e5-small", 384, 512, "mean", "MIT", _E5_QUERY, _E5_DOCUMENT),
    EncoderSpec("BAAI/bge-small-en-v1.5", 384, 512, "cls", "MIT", _BGE_QUERY),
    EncoderSpec("BAAI/bge-base-en-v1.5", 768, 512, "cls", "MIT", _BGE_QUERY),
    EncoderSpec("thenlper/gte-small", 384, 512, "mean", "MIT"),
)


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """Which adapter to use, and the model's name or folder."""

    kind: EncoderKind
    location: str


def find_spec(name_or_folder: str) -> EncoderSpec | None:
    """Return what is known about a model, or None.

    The last part of the name decides, so that `e5-small-v2`, `mirror/e5-small-v2` and the folder
    `models/e5-small-v2` are all known.
    """
    last_part = PurePath(name_or_folder).name
    return next((spec for spec in ENCODER_SPECS if PurePath(spec.name).name == last_part), None)


def parse_encoder_setting(setting: str) -> EncoderChoice:
    """Return the choice that `KIND:NAME_OR_FOLDER` stands for.

    Raises:
        SettingsError: the kind is unknown, or nothing follows it.
    """
    kind_text, _, location = (part.strip() for part in setting.partition(":"))
    kind = next((known for known in ENCODER_KINDS if known == kind_text), None)
    if kind is None or not location:
        problem = "has no model" if kind else f"has the unknown kind {kind_text!r}"
        near = "" if kind else suggestion(kind_text, ENCODER_KINDS)
        raise SettingsError(
            f"text encoder {setting!r} {problem}; write sentence-transformers:NAME_OR_FOLDER or "
            f"onnx:FOLDER{near}"
        )
    return EncoderChoice(kind, location)
