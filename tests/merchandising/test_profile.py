"""Profiles: from a file, with what it leaves out, and under a request's options."""

from pathlib import Path

import pytest

from hybrid_search.errors import SettingsError
from hybrid_search.merchandising.profile import (
    DEFAULT_FIELD_WEIGHTS,
    DEFAULT_WEIGHTS,
    Profile,
)
from hybrid_search.query.fields import TEXT_FIELDS
from hybrid_search.query.request import Boost, HybridOptions


def loaded(tmp_path: Path, text: str) -> Profile:
    path = tmp_path / "profile.toml"
    path.write_text(text, encoding="utf-8")
    return Profile.load(path)


def test_an_empty_file_is_the_default_profile(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == Profile()


def test_the_default_knows_every_text_field() -> None:
    assert set(Profile().field_weights) == set(TEXT_FIELDS)


def test_a_file_sets_what_it_names_and_keeps_the_rest(tmp_path: Path) -> None:
    profile = loaded(
        tmp_path,
        """
        name = "autumn"
        version = 3
        method = "rrf"
        window = 50
        weights.text_vector = 0.25
        field_weights.title = 7
        field_weights.description = 0
        diversity = { brand_cap = 2 }
        [[boosts]]
        field = "brand"
        value = "Acme"
        factor = 1.2
        """,
    )
    assert (profile.name, profile.version, profile.method, profile.window) == (
        "autumn",
        3,
        "rrf",
        50,
    )
    assert profile.weights == {**DEFAULT_WEIGHTS, "text_vector": 0.25}
    assert profile.field_weights == {**DEFAULT_FIELD_WEIGHTS, "title": 7, "description": 0}
    assert profile.boosts == (Boost(field="brand", value="Acme", factor=1.2),)
    assert profile.diversity is not None
    assert profile.diversity.brand_cap == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wieghts.lexical = 1", "wieghts: unknown field; did you mean 'weights'?"),
        ("field_weights.titel = 1", "no text field 'titel'"),
        ("field_weights.titel = 1", "did you mean 'title'?"),
        ("weights.lexical = -1", "weights.lexical: has to be greater than or equal to 0"),
        ("weights.lexical = nan", "weights.lexical: has to be a finite number"),
        ("window = 5000", "window: has to be less than or equal to 1000, got 5000"),
        ('method = "magic"', "method: has to be 'convex' or 'rrf', got 'magic'"),
        ("boosts = 5", "boosts: has to be a list"),
        ("name = ", "cannot read profile"),
        (
            "\n".join(f"field_weights.{name} = 0" for name in TEXT_FIELDS),
            "every field weighs 0; to rank by vectors alone set weights.lexical to 0",
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, text)
    assert message in str(caught.value)
    assert "profile.toml" in str(caught.value)


def test_a_missing_or_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file or directory; give a TOML file"):
        Profile.load(tmp_path / "nowhere.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"name = '\xff'")
    with pytest.raises(SettingsError, match="cannot read profile"):
        Profile.load(binary)


def test_options_of_a_request_win_for_one_search() -> None:
    profile = Profile(weights={"lexical": 0.7}, window=100)
    changed = profile.with_options(
        HybridOptions(method="rrf", weights={"text_vector": 0.9}, rank_constant=10, window=7)
    )
    assert changed.weights == {**profile.weights, "text_vector": 0.9}
    assert (changed.method, changed.rank_constant, changed.window) == ("rrf", 10, 7)
    assert changed.normalization == profile.normalization
    assert profile.with_options(HybridOptions()) == profile
