"""`hybrid-search evaluate`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Command

RATINGS = "query,product_id,rating\nred dress,p000,5\nred dress,p009,3\nblue boots,p049,4\n"


@pytest.fixture
def ratings(folder: Path) -> str:
    (folder / "ratings.csv").write_text(RATINGS)
    return "ratings.csv"


def test_every_metric_is_told_in_both_views(indexed: Command, ratings: str) -> None:
    arguments = ("evaluate", "--ratings", ratings, "--metrics", "ndcg@10,p@5")
    outcome = indexed(*arguments)
    assert outcome.code == 0
    assert outcome.err == ""
    for text in ("ndcg@10", "p@5", "unrated as 0", "judged only", "red dress", "blue boots"):
        assert text in outcome.out
    data = indexed(*arguments, "--json").data
    assert set(data["metrics"]) == {"ndcg@10", "p@5"}
    assert data["profile"] == "default"
    assert data["queries"]["with_relevant"] == 2
    for views in data["metrics"].values():
        assert 0 < views["unrated_as_zero"]["mean"] <= 1


def test_a_profile_changes_what_is_measured(indexed: Command, ratings: str, folder: Path) -> None:
    (folder / "odd.toml").write_text('name = "odd"\nfield_weights.title = 0\n')
    arguments = ("evaluate", "--ratings", ratings, "--json")
    plain = indexed(*arguments).data
    odd = indexed(*arguments, "--profile", "odd.toml").data
    assert odd["profile"] == "odd"
    assert odd["metrics"] != plain["metrics"]
    assert indexed(*arguments, PROFILE="odd.toml").data == odd


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--ratings", "nowhere.csv"], "invalid_judgments: cannot read ratings 'nowhere.csv'"),
        (["--ratings", "broken.csv"], "invalid_judgments: broken.csv, line 2"),
        (["--ratings", "ratings.csv", "--metrics", "magic"], "unknown metric 'magic'"),
        (["--ratings", "ratings.csv", "--profile", "nowhere.toml"], "cannot read profile"),
        (["--ratings", "long.csv"], "q: has 600 characters; give at most 500"),
        (["--ratings", "long.csv"], "of the ratings cannot be searched; leave it out"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_measured_is_refused(
    indexed: Command, ratings: str, folder: Path, arguments: list[str], message: str
) -> None:
    (folder / "broken.csv").write_text("query,product_id,rating\nred dress,p000,much\n")
    (folder / "long.csv").write_text(f"query,product_id,rating\n{'x' * 600},p000,5\n")
    assert ratings in {path.name for path in folder.iterdir()}
    outcome = indexed("evaluate", *arguments)
    assert outcome.code == 1
    assert outcome.out == ""
    assert message in outcome.err


def test_a_degraded_answer_is_told_beside_the_figures(
    indexed: Command, ratings: str, tiny_models: tuple[str, str]
) -> None:
    outcome = indexed("evaluate", "--ratings", ratings, "--json", TEXT_ENCODER=tiny_models[0])
    assert outcome.data["metrics"]
    assert "degraded encode:text_vector: index 'products-" in outcome.err
    assert outcome.err.count("degraded") == 1


def test_ratings_are_asked_for(command: Command) -> None:
    outcome = command("evaluate")
    assert outcome.code == 2
    assert "--ratings" in outcome.err
