"""Settings: variables, the file, which of them wins, and what cannot be used."""

import os
from pathlib import Path

import pytest

from hybrid_search.errors import SettingsError
from hybrid_search.settings import Settings, unknown_variables


@pytest.fixture(autouse=True)
def _clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("HYBRID_SEARCH_"):
            monkeypatch.delenv(name)


def test_without_anything_the_defaults_hold() -> None:
    settings = Settings.load()
    assert settings.engine_url == "sqlite:///hybrid_search.db"
    assert settings.text_encoder is None


def test_a_variable_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hybrid_search.toml").write_text('language = "german"\ndeadline_ms = 100\n')
    monkeypatch.setenv("HYBRID_SEARCH_DEADLINE_MS", "50")
    settings = Settings.load()
    assert (settings.deadline_ms, settings.language, settings.engine_shards) == (50, "german", 1)


def test_the_file_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hybrid_search.toml").write_text('language = "german"')
    (tmp_path / "other.toml").write_text('language = "french"')
    monkeypatch.setenv("HYBRID_SEARCH_SETTINGS", "other.toml")
    assert Settings.load().language == "french"


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEXT_ENCODER", "MAPPINGS", "ENGINE_API_KEY", "PROFILE", "SETTINGS"):
        monkeypatch.setenv(f"HYBRID_SEARCH_{name}", "")
    assert Settings.load() == Settings()
    assert Settings.load().mappings is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DEADLINE_MS", "soon", "deadline_ms: has to be a whole number, got 'soon'"),
        ("DEADLINE_MS", "0", "deadline_ms: has to be greater than 0, got '0'"),
        ("ENGINE_SHARDS", "1.5", "engine_shards: has to be a whole number, got '1.5'"),
        ("QUERY_LOG_DAYS", "-1", "query_log_days: has to be greater than or equal to 0, got '-1'"),
        ("INDEX_ALIAS", "My-Shop", "index_alias: has to match pattern"),
        ("VECTOR_INDEX", "fast", "vector_index: has to be 'auto', 'flat', 'int8_hnsw' or 'hnsw'"),
        ("SETTINGS", "nowhere.toml", "HYBRID_SEARCH_SETTINGS names 'nowhere.toml', which is no"),
    ],
)
def test_a_variable_that_cannot_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(f"HYBRID_SEARCH_{name}", value)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'engin_url = "x"', "engin_url: unknown field; did you mean 'engine_url'?"),
        (b'[engine]\nurl = "x"', "engine: unknown field"),
        (b"deadline_ms = ", "cannot read the settings file 'hybrid_search.toml': Invalid value"),
        (b'language = "\xff"', "cannot read the settings file 'hybrid_search.toml'"),
    ],
)
def test_a_file_that_cannot_work_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "hybrid_search.toml").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert message in str(caught.value)


def test_a_secret_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYBRID_SEARCH_ENGINE_API_KEY", "b64secret")
    assert "b64secret" not in f"{Settings.load()!r} {Settings.load()}"
    monkeypatch.setenv("HYBRID_SEARCH_DATABASE_URL", "postgresql://anna:s3cret@localhost/shop")
    assert "s3cret" not in f"{Settings.load()!r} {Settings.load()}"
    monkeypatch.delenv("HYBRID_SEARCH_ENGINE_API_KEY")
    (tmp_path / "hybrid_search.toml").write_text("engine_api_key = 8472\nengine_shards = 0\n")
    with pytest.raises(SettingsError, match="engine_api_key: has to be a text") as caught:
        Settings.load()
    assert "8472" not in str(caught.value)
    assert "engine_shards: has to be greater than or equal to 1, got 0" in str(caught.value)


def test_unknown_variables_are_named_with_the_near_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unknown_variables() == ()
    for name in ("ENGINE_URL", "SETTINGS", "ENGINE_ULR", "QQQQ"):
        monkeypatch.setenv(f"HYBRID_SEARCH_{name}", "x")
    assert unknown_variables() == (
        "HYBRID_SEARCH_ENGINE_ULR is no setting; did you mean 'HYBRID_SEARCH_ENGINE_URL'?",
        "HYBRID_SEARCH_QQQQ is no setting",
    )
