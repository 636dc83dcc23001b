"""The folder of an exported model, which says itself how it is to be used."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hybrid_search.encoders.specs import Pooling
from hybrid_search.errors import EncoderError

Precision = Literal["fp32", "int8"]

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
DESCRIPTION_FILE = "encoder.json"

_AGAIN = "export the model again"
_UNFINGERPRINTED = {"name", "license", "source_fingerprint", "fingerprint"}


class ModelUse(BaseModel):
    """How the model of a folder is to be used.

    Attributes:
        name: the model that was exported.
        dimension: length of its vectors.
        max_tokens: longer texts are cut.
        pooling: how the vectors of tokens become one.
        normalize: always true, vectors have length 1.
        query_prefix: set before every query.
        document_prefix: set before every document.
        license: SPDX identifier; None when it is not known.
        precision: of the weights; int8 vectors differ from fp32 ones.
        source_fingerprint: of the encoder that was exported.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    dimension: Annotated[int, Field(ge=1)]
    max_tokens: Annotated[int, Field(ge=1)]
    pooling: Pooling
    normalize: Literal[True] = True
    query_prefix: str
    document_prefix: str
    license: str | None
    precision: Precision
    source_fingerprint: str


class ModelDescription(ModelUse):
    """The content of `encoder.json`.

    Attributes:
        sha256: of each other file, by its name.
        fingerprint: SHA-256 over the hashes of the files and all else that changes vectors.
    """

    sha256: dict[str, str]
    fingerprint: str = ""


def describe_model(folder: Path, use: ModelUse) -> ModelDescription:
    """Write `encoder.json` beside the model and the tokenizer, and return what it says."""
    sha256 = {name: _file_sha256(folder / name) for name in (MODEL_FILE, TOKENIZER_FILE)}
    unsigned = ModelDescription(**use.model_dump(), sha256=sha256)
    description = unsigned.model_copy(update={"fingerprint": _fingerprint(unsigned)})
    text = description.model_dump_json(indent=2)
    (folder / DESCRIPTION_FILE).write_text(f"{text}\n", encoding="utf-8")
    return description


def read_model_folder(folder: Path) -> ModelDescription:
    """Return what `encoder.json` says, after every file was compared with its hash.

    Raises:
        EncoderError: the folder or a file is missing, damaged, or not what was exported.
    """
    if not folder.is_dir():
        raise EncoderError(
            f"there is no folder '{folder}'; give the folder of an exported model, with "
            f"{MODEL_FILE}, {TOKENIZER_FILE} and {DESCRIPTION_FILE}"
        )
    description = _read_description(folder / DESCRIPTION_FILE)
    for name in (MODEL_FILE, TOKENIZER_FILE):
        actual = _file_sha256(folder / name)
        expected = description.sha256.get(name)
        if actual != expected:
            raise EncoderError(
                f"'{folder / name}' is not the file that was exported: its SHA-256 is {actual}, "
                f"not {expected}; copy it again or {_AGAIN}"
            )
    if description.fingerprint != _fingerprint(description):
        raise EncoderError(
            f"'{folder / DESCRIPTION_FILE}' was changed after the export: its fingerprint does "
            f"not fit what it says; {_AGAIN}"
        )
    return description


def _read_description(path: Path) -> ModelDescription:
    try:
        return ModelDescription.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _unreadable(path, error) from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(step) for step in problem['loc']) or 'file'}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        )
        raise EncoderError(f"'{path}' does not describe a model: {problems}; {_AGAIN}") from error


def _file_sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> EncoderError:
    return EncoderError(f"cannot read '{path}': {error.strerror or error}; {_AGAIN}")


def _fingerprint(description: ModelDescription) -> str:
    content = json.dumps(description.model_dump(exclude=_UNFINGERPRINTED), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
