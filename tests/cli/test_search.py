"""`hybrid-search search` and `hybrid-search similar`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.fashion_shop import CATALOG


def shown_ids(out: str) -> list[str]:
    words = out.split()
    return [product.id for product in CATALOG if product.id in words]


def test_hits_are_shown_in_a_table(indexed: Command) -> None:
    outcome = indexed("search", "red dress", "--limit", "2")
    header, first, second, summary, *_ = outcome.out.splitlines()
    assert header.split() == ["#", "score", "id", "brand", "title", "price"]
    assert first.split()[:3:2] == ["1", "p009"]
    assert "red cotton dress" in second
    assert "products" in summary
    assert outcome.err == ""


def test_a_list_has_no_empty_columns_for_scores(indexed: Command) -> None:
    header = indexed("search", "--limit", "2").out.splitlines()[0]
    assert header.split() == ["id", "brand", "title", "price"]


def test_nothing_of_an_explanation_is_cut_off(
    indexed: Command, tiny_models: tuple[str, str]
) -> None:
    encoder, _ = tiny_models
    indexed("index", "catalog.jsonl", TEXT_ENCODER=encoder)
    arguments = ("search", "red dress", "--explain", "--boost", "brand=Acme:1.5", "--limit", "50")
    out = indexed(*arguments, TEXT_ENCODER=encoder).out
    data = indexed(*arguments, "--json", TEXT_ENCODER=encoder).data
    for hit in data["hits"]:
        explanation = hit["explanation"]
        assert f"fused score: {explanation['fused_score']:.6f}" in out
        assert f"final score: {explanation['final_score']:.6f}" in out
        for term in explanation["terms"]:
            end = term["offset"] + term["scale"]
            assert (
                f"{term['signal']}: {term['contribution']:.6f} = {term['share']:.4f} x "
                f"{term['part']:.6f} from {term['score']:.4f} on the scale from "
                f"{term['offset']:.3f} to {end:.3f}"
            ) in out
    assert "boost brand=Acme: x 1.5" in out
    assert "all words" in out


def test_json_is_the_whole_answer_and_nothing_else(indexed: Command) -> None:
    outcome = indexed("search", "red dress", "--json", "--facet", "brand", "--limit", "3")
    assert outcome.err == ""
    assert {"query_id", "total", "reachable", "hits", "facets", "took_ms"} <= set(outcome.data)
    assert len(outcome.data["hits"]) == 3


def test_json_keeps_every_character_of_a_title(command: Command, folder: Path) -> None:
    title = "Größe [bold]L[/bold] :smile: 日本 \U0001f600 dress"
    (folder / "odd.jsonl").write_text(json.dumps({"id": "odd", "title": title}))
    assert command("index", "odd.jsonl").code == 0
    (hit,) = command("search", "dress", "--json").data["hits"]
    assert hit["product"]["title"] == title
    assert "[bold]L[/bold] :smile:" in command("search", "dress").out


def test_filters_facets_sort_and_cursor_reach_the_request(indexed: Command) -> None:
    arguments = (
        *("search", "--filter", "brand=Acme", "--filter", "brand=Coco", "--filter", "price>=11"),
        *("--filter", "updated_at<2025-01-10", "--facet", "color", "--sort", "price:desc"),
        *("--limit", "4", "--json"),
    )
    first = indexed(*arguments).data
    prices = [hit["product"]["price_minor"] for hit in first["hits"]]
    assert prices == sorted(prices, reverse=True)
    assert all(price >= 1100 for price in prices)
    assert {hit["product"]["brand"] for hit in first["hits"]} <= {"Acme", "Coco"}
    assert sum(value["count"] for value in first["facets"]["color"]) == first["total"]
    second = indexed(*arguments, "--cursor", first["next_cursor"]).data
    assert second["hits"][0]["product"]["price_minor"] <= prices[-1]
    assert not {hit["product"]["id"] for hit in first["hits"]} & {
        hit["product"]["id"] for hit in second["hits"]
    }


def test_the_next_page_is_told_as_an_option(indexed: Command) -> None:
    out = indexed("search", "--limit", "2").out
    cursor = out.split("next page: --cursor ")[1].strip()
    assert shown_ids(indexed("search", "--limit", "2", "--cursor", cursor).out)


def test_offset_boost_weight_method_and_collapse_reach_the_request(indexed: Command) -> None:
    whole = indexed("search", "dress", "--json", "--limit", "50").data["hits"]
    rest = indexed("search", "dress", "--json", "--limit", "50", "--offset", "3").data["hits"]
    assert rest == whole[3:]
    data = indexed(
        *("search", "dress", "--json", "--explain", "--collapse", "--method", "rrf"),
        *("--boost", "color=red:2", "--weight", "lexical=0.5"),
    ).data
    assert {hit["explanation"]["method"] for hit in data["hits"]} == {"rrf"}
    styles = [hit["product"]["style_id"] for hit in data["hits"]]
    assert len(styles) == len(set(styles))
    assert data["hits"][0]["explanation"]["boosts"][0]["factor"] == 2


def test_an_empty_answer_says_which_value_is_unknown(indexed: Command) -> None:
    outcome = indexed("search", "dress", "--filter", "brand=Acm")
    assert outcome.code == 0
    assert "0 products" in outcome.out
    assert "note: no product has brand 'Acm'; did you mean 'Acme'?" in outcome.out


def test_similar_products_are_found_by_id(indexed: Command) -> None:
    data = indexed("similar", "p001", "--json", "--limit", "5").data
    assert data["hits"]
    assert "s00" not in {hit["product"]["style_id"] for hit in data["hits"]}
    outcome = indexed("similar", "nowhere")
    assert outcome.code == 1
    assert outcome.err == "product_not_found: no product has the id 'nowhere'\n"


def test_another_encoder_than_the_indexs_is_refused(
    indexed: Command, tiny_models: tuple[str, str]
) -> None:
    first, second = tiny_models
    indexed("index", "catalog.jsonl", TEXT_ENCODER=first)
    outcome = indexed("search", "red dress", TEXT_ENCODER=second)
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err.startswith("encoder_mismatch: ")
    assert first in outcome.err
    assert second in outcome.err


def test_an_index_without_vectors_is_searched_and_says_so(
    indexed: Command, tiny_models: tuple[str, str]
) -> None:
    outcome = indexed("search", "red dress", TEXT_ENCODER=tiny_models[0])
    assert outcome.code == 0
    assert "degraded encode:text_vector: index 'products-" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--filter", "brand"], "invalid_request: --filter 'brand': write FIELD=VALUE"),
        (["--filter", "colour=red"], "unknown_field: cannot filter on 'colour'"),
        (["--boost", "brand=Acme"], "--boost 'brand=Acme': write FIELD=VALUE:FACTOR"),
        (["--boost", "brand=Acme:-1"], "boosts.0.factor: has to be greater than 0, got -1.0"),
        (["--boost", "brand=Acme:nan"], "boosts.0.factor: has to be a finite number, got nan"),
        (["--weight", "lexical"], "--weight 'lexical': write SIGNAL=NUMBER"),
        (["--weight", "lexicl=1"], "did you mean 'lexical'?"),
        (["--facet", "price"], "cannot facet by 'price', a number"),
        (["--limit", "1000"], "limit: has to be less than or equal to 250, got 1000"),
        (["--sort", "prize"], "sort.field: has to be 'id', 'title', 'price'"),
        (["--sort", "price:down"], "sort.order: has to be 'asc' or 'desc', got 'down'"),
        (["--method", "magic"], "hybrid.method: has to be 'convex' or 'rrf', got 'magic'"),
        (["--cursor", "abc"], "invalid_cursor: cursor 'abc' is not one"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_asked_is_refused_in_one_line(
    indexed: Command, arguments: list[str], message: str
) -> None:
    outcome = indexed("search", "dress", *arguments)
    assert outcome.code == 1
    assert outcome.out == ""
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_before_the_first_index_the_way_is_shown(command: Command) -> None:
    for arguments in (["search", "dress"], ["similar", "p001"], ["search"]):
        outcome = command(*arguments)
        assert outcome.code == 1
        assert outcome.err.startswith("index_missing: ")
        assert "run `hybrid-search index FILE`" in outcome.err
