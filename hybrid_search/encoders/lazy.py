"""An encoder that is loaded when it is needed for the first time."""

from collections.abc import Callable
from threading import Lock

from hybrid_search.encoders.protocol import Encoder
from hybrid_search.errors import (
    EncoderError,
    EncoderMismatchError,
    MissingExtraError,
    SettingsError,
)

UNFIT = (EncoderError, MissingExtraError, SettingsError)
"""Why a process cannot encode; another one may be able to."""


class LazyEncoder:
    """The encoder of this process, or none; threads share it, and it is loaded once.

    A failure is not remembered: a model may be put in place while a worker runs.

    Attributes:
        setting: how settings call it; None for no encoder.
    """

    def __init__(self, setting: str | None, load: Callable[[], Encoder | None]) -> None:
        self.setting = setting
        self._load = load
        self._lock = Lock()
        self._loaded: Encoder | None = None

    def get(self) -> Encoder | None:
        """Return the encoder, or None when the settings name none."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def named(self, setting: str | None) -> Encoder | None:
        """Return the encoder when it is the one that goes by this name.

        Raises:
            EncoderMismatchError: this process has another one, or none.
        """
        if setting != self.setting:
            raise _mismatch("the job asks for", setting, self.setting)
        return self.get()

    def made(self, fingerprint: str | None, name: str | None) -> Encoder | None:
        """Return the encoder when its vectors may be put beside those of a fingerprint.

        Args:
            fingerprint: of the encoder whose vectors an index takes; None for no vectors.
            name: how that encoder is called, for messages.

        Raises:
            EncoderMismatchError: this process has another one, or none.
        """
        if fingerprint is None:
            return None
        encoder = self.get()
        if encoder is None or encoder.identity.fingerprint != fingerprint:
            raise _mismatch("the index takes vectors of", name, self.setting)
        return encoder


def _mismatch(what: str, wanted: str | None, own: str | None) -> EncoderMismatchError:
    if wanted is None:
        return EncoderMismatchError(
            f"{what} no encoder, but this worker has {own!r}; start workers without "
            "HYBRID_SEARCH_TEXT_ENCODER"
        )
    has = "none" if own is None else f"encoder {own!r}"
    if own == wanted:
        has = "another model of that name"
    return EncoderMismatchError(
        f"{what} encoder {wanted!r}, but this worker has {has}; start workers with that model and "
        f"HYBRID_SEARCH_TEXT_ENCODER={wanted}"
    )
