"""`hybrid-search indexes`."""

from tests.cli.conftest import Command
from tests.fashion_shop import CATALOG


def test_before_the_first_index_the_way_is_shown(command: Command) -> None:
    outcome = command("indexes")
    assert outcome.code == 0
    assert outcome.out == "no index yet; run `hybrid-search index FILE`\n"
    assert command("indexes", "--json").data == []


def test_indexes_are_listed_oldest_first_with_their_whole_names(indexed: Command) -> None:
    indexed("index", "catalog.jsonl")
    former, live = indexed("indexes", "--json").data
    assert (former["state"], live["state"]) == ("kept", "live")
    assert {former["products"], live["products"]} == {len(CATALOG)}
    out = indexed("indexes").out
    assert out.index(former["index"]) < out.index(live["index"])
    assert live["created_at"] in out


def test_a_switch_goes_back_and_forth(indexed: Command) -> None:
    indexed("index", "catalog.jsonl")
    former, live = (one["index"] for one in indexed("indexes", "--json").data)
    states = {one["index"]: one["state"] for one in _switched(indexed, former)}
    assert states == {former: "live", live: "kept"}
    found = indexed("search", "red", "--json").data
    assert found["applied"]["generation"] == former
    assert {one["index"]: one["state"] for one in _switched(indexed, live)}[live] == "live"


def test_an_index_that_is_not_live_can_be_dropped(indexed: Command) -> None:
    indexed("index", "catalog.jsonl")
    former, live = (one["index"] for one in indexed("indexes", "--json").data)
    outcome = indexed("indexes", "--drop", former, "--json")
    assert outcome.code == 0
    assert [one["index"] for one in outcome.data] == [live]


def test_the_live_index_is_not_dropped(indexed: Command) -> None:
    (live,) = (one["index"] for one in indexed("indexes", "--json").data)
    outcome = indexed("indexes", "--drop", live)
    assert outcome.code == 1
    assert outcome.out == ""
    assert f"'{live}' is live and is not dropped; switch to another" in outcome.err
    assert indexed("search", "red").code == 0


def test_an_unknown_index_is_named(indexed: Command) -> None:
    for option in ("--switch", "--drop"):
        outcome = indexed("indexes", option, "products-nowhere")
        assert outcome.code == 1
        assert outcome.err.startswith("index_missing: ")
        assert "'products-nowhere'" in outcome.err


def _switched(indexed: Command, name: str) -> list[dict[str, str]]:
    outcome = indexed("indexes", "--switch", name, "--json")
    assert outcome.code == 0
    listed: list[dict[str, str]] = outcome.data
    return listed
