"""The encoder that a setting names."""

from collections.abc import Callable

from hybrid_search.encoders.protocol import Encoder
from hybrid_search.encoders.specs import EncoderKind, parse_encoder_setting
from hybrid_search.errors import SettingsError


def load_encoder(setting: str, *, threads: int) -> Encoder:
    """Return the text encoder for `KIND:NAME_OR_FOLDER`, ready to encode.

    `threads` is how many threads one call may use; give 1 to a process that is one of several.

    Raises:
        SettingsError: the setting or the number of threads cannot work.
        MissingExtraError: the encoder needs a library that is not installed.
        EncoderError: the model cannot be loaded.
    """
    choice = parse_encoder_setting(setting)
    if threads < 1:
        raise SettingsError(f"the encoder cannot run on {threads} threads; give 1 or more")
    return _LOADERS[choice.kind](choice.location, threads)


def _load_onnx(folder: str, threads: int) -> Encoder:
    from hybrid_search.encoders.onnx import (  # noqa: PLC0415 - lexical search needs no runtime
        OnnxEncoder,
    )

    return OnnxEncoder(folder, threads=threads)


def _load_sentence_transformers(name_or_folder: str, threads: int) -> Encoder:
    from hybrid_search.encoders.sentence_transformers import (  # noqa: PLC0415 - as above
        SentenceTransformersEncoder,
    )

    return SentenceTransformersEncoder(name_or_folder, threads=threads)


_LOADERS: dict[EncoderKind, Callable[[str, int], Encoder]] = {
    "sentence-transformers": _load_sentence_transformers,
    "onnx": _load_onnx,
}
