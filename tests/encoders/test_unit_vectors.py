import numpy as np
import pytest

from hybrid_search.encoders.unit_vectors import unit_vectors
from hybrid_search.errors import EncoderError


def test_rows_keep_their_direction_and_get_length_one() -> None:
    vectors = unit_vectors(np.array([[3.0, 4.0], [0.0, -2.0]]), ["a", "b"])
    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(np.array([[3 / 5, 4 / 5], [0.0, -1.0]]))


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_very_small_and_very_large_rows_get_length_one(scale: float) -> None:
    raw = np.array([[3.0, 4.0]], dtype=np.float32) * np.float32(scale)
    assert unit_vectors(raw, ["a"]) == pytest.approx(np.array([[3 / 5, 4 / 5]]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_row_that_is_no_number_names_its_text(bad: float) -> None:
    raw = np.array([[1.0, 0.0], [0.0, bad], [bad, 1.0]])
    with pytest.raises(EncoderError, match=r"NaN or infinity for 'second' \(2 of 3 texts\)"):
        unit_vectors(raw, ["first", "second", "third"])


def test_row_of_zeros_names_its_text() -> None:
    with pytest.raises(EncoderError, match="a vector of zeros for 'second'"):
        unit_vectors(np.array([[1.0, 0.0], [0.0, 0.0]]), ["first", "second"])


def test_long_text_is_named_by_its_beginning() -> None:
    with pytest.raises(EncoderError) as caught:
        unit_vectors(np.array([[np.nan]]), ["dress " * 1000])
    assert "dress dress" in str(caught.value)
    assert len(str(caught.value)) < 300


def test_no_rows_stay_no_rows() -> None:
    assert unit_vectors(np.empty((0, 5)), []).shape == (0, 5)
