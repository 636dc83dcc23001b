"""Text encoder on ONNX Runtime: an exported model in a folder, without torch."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

from hybrid_search.encoders.model_folder import (
    MODEL_FILE,
    TOKENIZER_FILE,
    ModelUse,
    Precision,
    read_model_folder,
)
from hybrid_search.encoders.protocol import EncoderIdentity, Matrix
from hybrid_search.encoders.specs import Pooling
from hybrid_search.encoders.unit_vectors import unit_vectors
from hybrid_search.encoders.well_formed import well_formed
from hybrid_search.errors import EncoderError

Tokens = npt.NDArray[np.int64]

INPUT_NAMES = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT_NAME = "token_embeddings"

# Dynamic int8 quantization scales activations over the whole batch: beside other texts, the
# vector of a text moves by a cosine of up to 0.04. Alone, it is always the same.
_BATCH_SIZES: dict[Precision, int] = {"fp32": 16, "int8": 1}

_LOG_NOTHING_BELOW_FATAL = 4


class OnnxEncoder:
    """Encodes text with a model that was exported to a folder; threads may share it.

    A call runs on `threads` threads and keeps the order of the texts, whatever their lengths.
    """

    def __init__(self, folder: str | Path, *, threads: int = 1) -> None:
        path = Path(folder).expanduser()
        description = read_model_folder(path)
        self._use: ModelUse = description
        self._identity = EncoderIdentity(
            name=f"onnx:{folder}",
            fingerprint=description.fingerprint,
            dimension=description.dimension,
        )
        self._tokenizer, self._pad_id = _load_tokenizer(path / TOKENIZER_FILE, self._use)
        self._session = _load_session(path / MODEL_FILE, self._use, threads)
        self._inputs = tuple(node.name for node in self._session.get_inputs())

    @property
    def identity(self) -> EncoderIdentity:
        """Name, fingerprint and dimension."""
        return self._identity

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a query, shape `(len(texts), dimension)`, float32."""
        return self._encode(texts, self._use.query_prefix)

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a document, shape `(len(texts), dimension)`, float32."""
        return self._encode(texts, self._use.document_prefix)

    def _encode(self, texts: Sequence[str], prefix: str) -> Matrix:
        # One by one: the tokenizer's own batches start a thread per core.
        encodings = [self._tokenizer.encode(prefix + well_formed(text)) for text in texts]
        by_length = sorted(range(len(texts)), key=lambda row: len(encodings[row]))
        vectors = np.empty((len(texts), self._use.dimension), dtype=np.float32)
        size = _BATCH_SIZES[self._use.precision]
        for start in range(0, len(by_length), size):
            rows = by_length[start : start + size]
            vectors[rows] = self._pooled([encodings[row] for row in rows])
        return unit_vectors(vectors, texts)

    def _pooled(self, encodings: Sequence[Encoding]) -> Matrix:
        mask = _padded([encoding.attention_mask for encoding in encodings], 0)
        feed = {
            "input_ids": _padded([encoding.ids for encoding in encodings], self._pad_id),
            "attention_mask": mask,
            "token_type_ids": _padded([encoding.type_ids for encoding in encodings], 0),
        }
        try:
            outputs = self._session.run([OUTPUT_NAME], {name: feed[name] for name in self._inputs})
        except Exception as error:  # the runtime's errors share no other base
            raise EncoderError(
                f"{self._identity.name!r} failed on {len(encodings)} texts of up to "
                f"{mask.shape[1]} tokens: {error}"
            ) from error
        return _POOLINGS[self._use.pooling](outputs[0], mask)


def _padded(rows: Sequence[list[int]], filler: int) -> Tokens:
    # At least one column: a tokenizer without special tokens gives none for an empty text.
    matrix = np.full((len(rows), max(1, *map(len, rows))), filler, dtype=np.int64)
    for index, row in enumerate(rows):
        matrix[index, : len(row)] = row
    return matrix


def _mean(token_vectors: Matrix, mask: Tokens) -> Matrix:
    weights = mask[:, :, np.newaxis].astype(np.float32)
    counts = np.maximum(weights.sum(axis=1), 1)
    return np.asarray((token_vectors * weights).sum(axis=1) / counts, dtype=np.float32)


def _first(token_vectors: Matrix, _mask: Tokens) -> Matrix:
    return token_vectors[:, 0]


_POOLINGS: dict[Pooling, Callable[[Matrix, Tokens], Matrix]] = {"mean": _mean, "cls": _first}


def _load_tokenizer(path: Path, use: ModelUse) -> tuple[Tokenizer, int]:
    try:
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.enable_truncation(use.max_tokens)
    except Exception as error:  # the library raises plain Exception
        raise EncoderError(
            f"'{path}' is not a tokenizer: {error}; export the model again"
        ) from error
    pad_id = (tokenizer.padding or {}).get("pad_id", 0)
    tokenizer.no_padding()
    return tokenizer, pad_id


def _load_session(path: Path, use: ModelUse, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _LOG_NOTHING_BELOW_FATAL
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the runtime's errors share no other base
        raise EncoderError(
            f"ONNX Runtime {onnxruntime.__version__} cannot load '{path}': {error}; export the "
            "model again, or update onnxruntime"
        ) from error
    inputs = {node.name for node in session.get_inputs()}
    outputs = {node.name: node.shape for node in session.get_outputs()}
    if not inputs <= set(INPUT_NAMES) or outputs.get(OUTPUT_NAME, [None])[-1] != use.dimension:
        raise EncoderError(
            f"'{path}' takes {sorted(inputs)} and gives {outputs}; a text model takes some of "
            f"{list(INPUT_NAMES)} and gives {OUTPUT_NAME} of dimension {use.dimension}: export "
            "the model again"
        )
    return session
