"""Text encoder on the sentence-transformers library, for models of its hub and of folders."""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid_search.encoders.protocol import EncoderIdentity, Matrix
from hybrid_search.encoders.specs import find_spec
from hybrid_search.encoders.unit_vectors import unit_vectors
from hybrid_search.encoders.well_formed import well_formed
from hybrid_search.errors import EncoderError, MissingExtraError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_DOCUMENT_PROMPTS = ("document", "passage", "corpus")


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What is set before each text."""

    query: str
    document: str


class SentenceTransformersEncoder:
    """Encodes text with a sentence-transformers model in float32.

    A model's own prompts come first, then the prefixes of `specs` for a published model.
    """

    def __init__(
        self,
        name_or_folder: str,
        *,
        threads: int | None = None,
        batch_size: int = 32,
        device: str | None = None,
    ) -> None:
        """Load the model.

        Args:
            name_or_folder: a name of the model hub, or a folder that holds the model.
            threads: of torch, for this whole process; None leaves them as they are.
            batch_size: texts that the model takes at once.
            device: such as `cpu`; None takes a GPU when there is one.

        Raises:
            MissingExtraError: sentence-transformers is not installed.
            EncoderError: the model cannot be loaded.
        """
        self.model = load_model(name_or_folder, device)
        if threads is not None:
            import_module("torch").set_num_threads(threads)
        self.prefixes = _prefixes(name_or_folder, self.model.prompts)
        self._name = f"sentence-transformers:{name_or_folder}"
        self._batch_size = batch_size
        self._identity = EncoderIdentity(
            name=self._name,
            fingerprint=_fingerprint(self.model, self.prefixes),
            dimension=self._run([""], "", "query").shape[1],
        )

    @property
    def identity(self) -> EncoderIdentity:
        """Name, fingerprint and dimension.

        The fingerprint is SHA-256 over weights, tokenizer, pipeline and prefixes. The same model
        has the same one in any folder; another version of the libraries may change it.
        """
        return self._identity

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a query, shape `(len(texts), dimension)`, float32."""
        return self._encode(texts, self.prefixes.query, "query")

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a document, shape `(len(texts), dimension)`, float32."""
        return self._encode(texts, self.prefixes.document, "document")

    def _encode(self, texts: Sequence[str], prefix: str, task: str) -> Matrix:
        if not texts:
            return np.empty((0, self._identity.dimension), dtype=np.float32)
        return unit_vectors(self._run(texts, prefix, task), texts)

    def _run(self, texts: Sequence[str], prefix: str, task: str) -> Matrix:
        encode = self.model.encode_query if task == "query" else self.model.encode_document
        try:
            vectors = encode(
                [well_formed(text) for text in texts],
                prompt=prefix,
                batch_size=self._batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        except RuntimeError as error:
            raise EncoderError(
                f"{self._name!r} failed on {len(texts)} texts: {error}; try a smaller batch"
            ) from error
        return np.asarray(vectors, dtype=np.float32)


def load_model(name_or_folder: str, device: str | None) -> "SentenceTransformer":
    """Return a model in float32, ready for inference.

    Raises:
        MissingExtraError: sentence-transformers is not installed.
        EncoderError: there is no such model, or it is damaged.
    """
    try:
        from sentence_transformers import (  # noqa: PLC0415 - optional, and slow to import
            SentenceTransformer,
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the encoder 'sentence-transformers:{name_or_folder}' needs a package that is not "
            f"installed ({error.name}); run: pip install 'hybrid-search[torch]'"
        ) from error
    folder = Path(name_or_folder).expanduser()
    try:
        with _progress_for_terminals_only():
            model = SentenceTransformer(
                str(folder) if folder.is_dir() else name_or_folder, device=device
            )
    except Exception as error:  # loaders raise errors of many libraries
        raise EncoderError(
            f"cannot load the model {name_or_folder!r}: {error}\nGive a folder that holds a "
            "sentence-transformers model, or a name of the model hub. Without network, download "
            "the model elsewhere and give its folder; HF_HUB_OFFLINE=1 reads the local cache only"
        ) from error
    return model.float().eval()


@contextmanager
def _progress_for_terminals_only() -> Iterator[None]:
    logging: Any = import_module("transformers.utils.logging")
    if sys.stderr.isatty() or not logging.is_progress_bar_enabled():
        yield
        return
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.enable_progress_bar()


def _prefixes(name_or_folder: str, prompts: Mapping[str, str | None]) -> Prefixes:
    query = prompts.get("query") or ""
    document = next((prompt for name in _DOCUMENT_PROMPTS if (prompt := prompts.get(name))), "")
    if query or document:
        return Prefixes(query, document)
    spec = find_spec(name_or_folder)
    return Prefixes(spec.query_prefix, spec.document_prefix) if spec else Prefixes("", "")


def _fingerprint(model: "SentenceTransformer", prefixes: Prefixes) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.named_parameters()):
        digest.update(f"{name} {tuple(tensor.shape)} ".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().data)
    preprocessing = {
        "max_tokens": model.max_seq_length,
        "tokenizer": _tokenizer_content(model.tokenizer),
        "pipeline": [_module_content(module) for module in model],
        "prefixes": [prefixes.query, prefixes.document],
    }
    digest.update(json.dumps(preprocessing, sort_keys=True, default=_type_name).encode())
    return digest.hexdigest()


def _tokenizer_content(tokenizer: Any) -> object:
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if not hasattr(backend, "to_str"):
        return [type(backend).__name__, sorted(backend.get_vocab().items())]
    # Truncation and padding change with every call; what counts of them is max_tokens.
    return json.loads(backend.to_str()) | {"truncation": None, "padding": None}


def _module_content(module: Any) -> object:
    if hasattr(module, "auto_model"):
        return _type_name(module.auto_model)
    config = module.get_config_dict() if hasattr(module, "get_config_dict") else {}
    return [_type_name(module), config]


def _type_name(value: object) -> str:
    return type(value).__name__
