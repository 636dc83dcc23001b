"""`hybrid-search tune`."""

from pathlib import Path

import pytest

from hybrid_search.merchandising.profile import Profile
from tests.cli.conftest import Command

QUERIES = ("red dress", "blue boots", "green coat", "black shirt", "white skirt", "wool coat")


@pytest.fixture
def ratings(folder: Path) -> str:
    rows = [f"{query},p00{number},3" for number, query in enumerate(QUERIES)]
    (folder / "ratings.csv").write_text("\n".join(["query,product_id,rating", *rows]))
    return "ratings.csv"


def test_the_chosen_profile_is_written_and_can_be_used(
    indexed: Command, ratings: str, folder: Path
) -> None:
    outcome = indexed("tune", "--ratings", ratings, "--output", "tuned.toml")
    assert outcome.code == 0
    for text in ("ndcg@10", "configured profile", "nested", f"all {len(QUERIES)} queries"):
        assert text in outcome.out
    assert Profile.load(folder / "tuned.toml").weights["lexical"] > 0
    assert indexed("search", "red dress", PROFILE="tuned.toml").code == 0


def test_the_worth_of_the_choice_is_told_in_both_views(indexed: Command, ratings: str) -> None:
    data = indexed("tune", "--ratings", ratings, "--json").data
    assert data["default"] == "as configured"
    assert set(data["estimates"]) == {"unrated_as_zero", "judged_only"}
    for estimate in data["estimates"].values():
        difference = estimate["difference"]
        assert difference["lower"] <= difference["mean"] <= difference["upper"]


def test_too_few_queries_are_refused(indexed: Command, folder: Path) -> None:
    (folder / "one.csv").write_text("query,product_id,rating\nred dress,p000,3\n")
    outcome = indexed("tune", "--ratings", "one.csv")
    assert outcome.code == 1
    assert "folds" in outcome.err
