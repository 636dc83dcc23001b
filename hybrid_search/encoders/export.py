"""Export of a sentence-transformers model to a folder that needs no torch, checked by itself."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from hybrid_search.encoders.export_sample import SHOP_TEXTS
from hybrid_search.encoders.model_folder import (
    MODEL_FILE,
    TOKENIZER_FILE,
    ModelUse,
    Precision,
    describe_model,
)
from hybrid_search.encoders.onnx import OnnxEncoder
from hybrid_search.encoders.protocol import Encoder
from hybrid_search.encoders.sentence_transformers import SentenceTransformersEncoder
from hybrid_search.encoders.specs import Pooling, find_spec
from hybrid_search.errors import ExportError, MissingExtraError

LEAST_COSINES: dict[Precision, float] = {"fp32": 0.999, "int8": 0.97}
"""Every text of the sample must keep at least this cosine with its original vector."""

_POOLINGS: dict[str, Pooling] = {"mean": "mean", "cls": "cls"}
_EXPORTABLE = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_INSTEAD = "use it as sentence-transformers:NAME_OR_FOLDER"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was exported, and how near it is to the original.

    Attributes:
        least_cosine: of any text of the sample with its original vector.
        mean_cosine: over the sample.
        sample_size: texts compared, each as a query and as a document.
        size_bytes: of the model file.
        fingerprint: of the exported encoder.
        source_fingerprint: of the encoder that was exported.
    """

    folder: Path
    precision: Precision
    least_cosine: float
    mean_cosine: float
    sample_size: int
    size_bytes: int
    fingerprint: str
    source_fingerprint: str


def export_onnx(
    name_or_folder: str,
    destination: str | Path,
    *,
    precision: Precision = "fp32",
    sample: Sequence[str] | None = None,
) -> ExportReport:
    """Export a model to a new folder for `OnnxEncoder`, and compare the two on a sample.

    The folder appears whole or not at all. Texts of your own shop make the better sample; the
    built-in one has a little of everything. The model must be a transformer with mean or cls
    pooling.

    Raises:
        ExportError: the destination exists, the model cannot be exported, or its vectors are
            further from the original than `LEAST_COSINES` allows.
        EncoderError: the original cannot be loaded.
        MissingExtraError: torch or its companions are not installed.
    """
    folder = Path(destination).expanduser().absolute()
    if folder.exists():
        raise ExportError(f"'{folder}' exists; give a folder that does not, or remove it first")
    texts = SHOP_TEXTS if sample is None else tuple(sample)
    if not texts:
        raise ExportError("the sample has no texts; give some, or None for the built-in sample")
    original = SentenceTransformersEncoder(name_or_folder, device="cpu")
    use = _use(original, name_or_folder, precision)
    expected = _encode_both_ways(original, texts)
    ancestor = next(parent for parent in folder.parents if parent.exists())
    with tempfile.TemporaryDirectory(dir=ancestor, prefix=".export-") as scratch:
        # A folder within the scratch folder, which is closed to other users.
        draft = Path(scratch) / "model"
        draft.mkdir()
        _write_folder(draft, original.model, use)
        exported = OnnxEncoder(draft)
        cosines = (_encode_both_ways(exported, texts) * expected).sum(axis=2).min(axis=0)
        _require_agreement(cosines, texts, precision)
        size_bytes = (draft / MODEL_FILE).stat().st_size
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft.rename(folder)
    return ExportReport(
        folder=folder,
        precision=precision,
        least_cosine=float(cosines.min()),
        mean_cosine=float(cosines.mean()),
        sample_size=len(texts),
        size_bytes=size_bytes,
        fingerprint=exported.identity.fingerprint,
        source_fingerprint=original.identity.fingerprint,
    )


def _encode_both_ways(encoder: Encoder, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.stack([encoder.encode_queries(texts), encoder.encode_documents(texts)])


def _use(
    original: SentenceTransformersEncoder, name_or_folder: str, precision: Precision
) -> ModelUse:
    spec = find_spec(name_or_folder)
    return ModelUse(
        name=spec.name if spec else Path(name_or_folder).name,
        dimension=original.identity.dimension,
        pooling=_pooling(original.model),
        max_tokens=_max_tokens(original.model),
        query_prefix=original.prefixes.query,
        document_prefix=original.prefixes.document,
        license=spec.license if spec else None,
        precision=precision,
        source_fingerprint=original.identity.fingerprint,
    )


def _write_folder(draft: Path, model: Any, use: ModelUse) -> None:
    try:
        from hybrid_search.encoders.export_graph import (  # noqa: PLC0415 - torch is optional
            quantize_graph,
            write_graph,
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the export needs a package that is not installed ({error.name}); run: pip install "
            "'hybrid-search[torch]'"
        ) from error
    _write_tokenizer(model.tokenizer, draft / TOKENIZER_FILE)
    write_graph(model[0].auto_model, model.tokenizer, draft / MODEL_FILE)
    if use.precision == "int8":
        quantize_graph(draft / MODEL_FILE)
    describe_model(draft, use)


def _pooling(model: Any) -> Pooling:
    names = [type(module).__name__ for module in model]
    if names not in _EXPORTABLE:
        raise ExportError(
            f"the model is made of {', '.join(names)}; only Transformer, Pooling and Normalize "
            f"can be exported: {_INSTEAD}"
        )
    mode, has_prompt = model[1].pooling_mode, model[1].include_prompt
    if mode not in _POOLINGS or not has_prompt:
        raise ExportError(
            f"the model pools by {mode!r}{'' if has_prompt else ' without the prompt'}; only "
            f"'mean' and 'cls' over all tokens can be exported: {_INSTEAD}"
        )
    return _POOLINGS[mode]


def _max_tokens(model: Any) -> int:
    positions = getattr(model[0].auto_model.config, "max_position_embeddings", None)
    limits = [int(limit) for limit in (model.max_seq_length, positions) if limit]
    if not limits:
        raise ExportError(
            "the model does not say how many tokens it takes; set max_seq_length in its "
            "sentence_bert_config.json"
        )
    return min(limits)


def _write_tokenizer(tokenizer: Any, path: Path) -> None:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ExportError(
            f"the model's tokenizer {type(tokenizer).__name__} has no tokenizer.json: {_INSTEAD}"
        )
    # A copy: truncation and padding of the original change with every call.
    fast = Tokenizer.from_str(backend.to_str())
    fast.no_truncation()
    fast.enable_padding(pad_id=tokenizer.pad_token_id, pad_token=tokenizer.pad_token)
    fast.save(str(path))


def _require_agreement(
    cosines: npt.NDArray[np.float32], texts: Sequence[str], precision: Precision
) -> None:
    least = LEAST_COSINES[precision]
    worst = int(cosines.argmin())
    if not cosines[worst] >= least:
        raise ExportError(
            f"the {precision} export differs from its original: least cosine "
            f"{cosines[worst]:.4f} (for {texts[worst][:60]!r}), mean {cosines.mean():.4f} over "
            f"{len(texts)} texts, where {least} is required; "
            + ("export it as fp32" if precision == "int8" else _INSTEAD)
        )
