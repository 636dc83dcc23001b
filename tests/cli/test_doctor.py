"""`hybrid-search doctor`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Command, Outcome

SUBJECTS = ["settings", "mappings", "engine", "index", "profile", "encoder", "snapshots"]


def findings(outcome: Outcome) -> dict[str, tuple[bool, str]]:
    return {one["subject"]: (one["is_good"], one["text"]) for one in outcome.data}


def only_bad(outcome: Outcome, subject: str) -> str:
    """Return the word about the only thing that is wrong."""
    found = findings(outcome)
    assert outcome.code == 1
    assert [name for name, (is_good, _) in found.items() if not is_good] == [subject]
    return found[subject][1]


def test_all_is_well(indexed: Command, tiny_models: tuple[str, str]) -> None:
    encoder, _ = tiny_models
    indexed("index", "catalog.jsonl", TEXT_ENCODER=encoder)
    outcome = indexed("doctor", "--json", TEXT_ENCODER=encoder)
    assert outcome.code == 0
    found = findings(outcome)
    assert list(found) == SUBJECTS
    assert all(is_good for is_good, _ in found.values())
    assert "60 products, vectors: text_vector (flat)" in found["index"][1]
    assert found["encoder"][1] == f"{encoder}: 32 dimensions, as the index was made"
    shown = indexed("doctor", TEXT_ENCODER=encoder)
    assert [line.split()[:2] for line in shown.out.splitlines()] == [
        ["ok", subject] for subject in SUBJECTS
    ]


def test_without_an_encoder_the_way_to_meaning_is_shown(indexed: Command) -> None:
    found = findings(indexed("doctor", "--json"))
    assert found["encoder"] == (
        True,
        "none is set: search is lexical; set HYBRID_SEARCH_TEXT_ENCODER for meaning",
    )


def test_an_unknown_variable_is_named_with_the_near_one(indexed: Command) -> None:
    text = only_bad(indexed("doctor", "--json", DEADLNE_MS="5"), "settings")
    assert (
        text == "HYBRID_SEARCH_DEADLNE_MS is no setting; did you mean 'HYBRID_SEARCH_DEADLINE_MS'?"
    )


def test_settings_that_cannot_work_end_the_round(indexed: Command) -> None:
    outcome = indexed("doctor", "--json", DEADLINE_MS="soon")
    assert only_bad(outcome, "settings") == (
        "settings: deadline_ms: has to be a whole number, got 'soon'"
    )
    assert list(findings(outcome)) == ["settings"]


def test_a_server_that_is_down_is_named_with_what_to_do(indexed: Command) -> None:
    outcome = indexed("doctor", "--json", ENGINE_URL="http://127.0.0.1:9")
    text = only_bad(outcome, "engine")
    assert "http://127.0.0.1:9 cannot be reached" in text
    assert "is it running?" in text


@pytest.mark.parametrize(
    "url", ["ftp://localhost:1", "localhost:9200", "http://localhost", "sqlite://x", "sqlite:///"]
)
def test_an_address_that_no_engine_has_is_refused(indexed: Command, url: str) -> None:
    assert url in only_bad(indexed("doctor", "--json", ENGINE_URL=url), "engine")


def test_before_the_first_index_the_way_is_shown(command: Command) -> None:
    outcome = command("doctor", "--json")
    assert outcome.code == 1
    is_good, text = findings(outcome)["index"]
    assert not is_good
    assert "run `hybrid-search index FILE`" in text


def test_another_encoder_than_the_indexs_is_named(
    indexed: Command, tiny_models: tuple[str, str]
) -> None:
    first, second = tiny_models
    indexed("index", "catalog.jsonl", TEXT_ENCODER=first)
    text = only_bad(indexed("doctor", "--json", TEXT_ENCODER=second), "encoder")
    assert first in text
    assert second in text


def test_an_encoder_beside_an_index_without_vectors_is_told(
    indexed: Command, tiny_models: tuple[str, str]
) -> None:
    text = only_bad(indexed("doctor", "--json", TEXT_ENCODER=tiny_models[0]), "encoder")
    assert "has no vectors; run `hybrid-search index` to make them" in text


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("onnx:/nowhere", "there is no folder '/nowhere'"),
        ("onnx:", "has no model"),
        ("onx:models", "did you mean 'onnx'?"),
    ],
)
def test_an_encoder_that_cannot_be_loaded_is_told(
    indexed: Command, setting: str, message: str
) -> None:
    assert message in only_bad(indexed("doctor", "--json", TEXT_ENCODER=setting), "encoder")


def test_snapshots_are_in_redis_where_it_is_set(indexed: Command, redis_url: str) -> None:
    found = findings(indexed("doctor", "--json", REDIS_URL=redis_url))
    assert found["snapshots"] == (True, "in Redis, for all processes")
    assert "set HYBRID_SEARCH_REDIS_URL" in findings(indexed("doctor", "--json"))["snapshots"][1]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("redis://127.0.0.1:1/0", "Redis at 127.0.0.1:1 cannot be used for snapshots"),
        ("http://127.0.0.1", "HYBRID_SEARCH_REDIS_URL has to be such as"),
    ],
)
def test_redis_that_cannot_be_used_is_told(indexed: Command, url: str, message: str) -> None:
    assert message in only_bad(indexed("doctor", "--json", REDIS_URL=url), "snapshots")


def test_mappings_and_profiles_that_cannot_be_used_are_told(indexed: Command, folder: Path) -> None:
    (folder / "mine").mkdir()
    assert "mine/products.json" in only_bad(
        indexed("doctor", "--json", MAPPINGS="mine"), "mappings"
    )
    assert "no mappings folder 'nowhere'" in only_bad(
        indexed("doctor", "--json", MAPPINGS="nowhere"), "mappings"
    )
    (folder / "mine" / "products.json").write_text('{"settings": {}, "mappings": {}}')
    (folder / "mine" / "synonyms.txt").write_text("a =>\n")
    assert "synonyms.txt" in only_bad(indexed("doctor", "--json", MAPPINGS="mine"), "mappings")
    (folder / "odd.toml").write_text("window = 0")
    assert "window" in only_bad(indexed("doctor", "--json", PROFILE="odd.toml"), "profile")
