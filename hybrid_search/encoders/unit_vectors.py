"""What every encoder does last: check what the model gave, and scale it to length 1."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hybrid_search.encoders.protocol import Matrix
from hybrid_search.errors import EncoderError

_MAX_SHOWN = 60


def unit_vectors(raw: npt.NDArray[np.floating[Any]], texts: Sequence[str]) -> Matrix:
    """Return the rows of `raw` scaled to length 1, float32; row i belongs to `texts[i]`.

    Raises:
        EncoderError: a row holds NaN or infinity, or is zero and so has no direction.
    """
    require_finite(raw, texts)
    norms = np.linalg.norm(raw.astype(np.float64), axis=1, keepdims=True)
    zero_rows = np.flatnonzero(norms[:, 0] == 0)
    if zero_rows.size:
        raise EncoderError(
            f"the encoder gave a vector of zeros for {_shown(texts[zero_rows[0]])}; it knows none "
            "of its words: leave the text without a vector, or use another model"
        )
    return np.asarray(raw / norms, dtype=np.float32)


def require_finite(raw: npt.NDArray[np.floating[Any]], texts: Sequence[str]) -> None:
    """Accept a matrix of numbers.

    Raises:
        EncoderError: a row holds NaN or infinity; the text is named.
    """
    bad_rows = np.flatnonzero(~np.isfinite(raw).all(axis=1))
    if bad_rows.size:
        raise EncoderError(
            f"the encoder gave NaN or infinity for {_shown(texts[bad_rows[0]])} "
            f"({bad_rows.size} of {len(texts)} texts); the model's weights are damaged or "
            "overflow: export or download it again"
        )


def _shown(text: str) -> str:
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}...")
