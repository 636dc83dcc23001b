"""What an encoder is to the rest of the system."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """Which encoder made a vector.

    Attributes:
        name: how settings call it, such as `onnx:models/minilm`; only for people.
        fingerprint: hash of weights and preprocessing, in hexadecimal. Encoders with equal
            fingerprints may share an index, wherever their files lie.
        dimension: length of its vectors.
    """

    name: str
    fingerprint: str
    dimension: int


class Encoder(Protocol):
    """Turns text into unit vectors; queries and documents may be treated differently."""

    @property
    def identity(self) -> EncoderIdentity:
        """Name, fingerprint and dimension."""

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a query, shape `(len(texts), dimension)`, float32."""

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a document, shape `(len(texts), dimension)`, float32."""


class ImageEncoder(Protocol):
    """Turns pictures, and words about pictures, into unit vectors of one space."""

    @property
    def identity(self) -> EncoderIdentity:
        """Name, fingerprint and dimension."""

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        """Return the place of each text among the pictures, shape `(len(texts), dimension)`."""

    def encode_images(self, images: "Sequence[Image]") -> Matrix:
        """Return one unit vector a picture, shape `(len(images), dimension)`, float32."""
