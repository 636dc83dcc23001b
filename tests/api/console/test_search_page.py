"""The search page as a browser without JavaScript gets it."""

import html
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from hybrid_search.api.app import create_app
from hybrid_search.settings import Settings
from tests.api.conftest import Service

EVIL = "<script>alert('1')</script>\"><img src=x>"


def text_of(response: TestResponse) -> str:
    assert response.mimetype == "text/html"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    return response.get_data(as_text=True)


def titles(page: str) -> list[str]:
    return re.findall(r"<h3>(.*?)</h3>", page)


def link(page: str, rel: str) -> str:
    (found,) = re.findall(rf'rel="{rel}" href="([^"]+)"', page)
    return html.unescape(found)


def test_a_search_shows_what_the_interface_answers(service: Service) -> None:
    page = text_of(service.client.get("/?q=red+dress"))
    answer = service.post("/v1/search", {"q": "red dress", "explain": True}).get_json()
    assert titles(page) == [hit["product"]["title"] for hit in answer["hits"]]
    assert f"{answer['total']} products" in page
    first = answer["hits"][0]
    assert f'class="score">{first["final_score"]:.3f}<' in page
    for term in first["explanation"]["terms"]:
        assert f'class="amount">{term["contribution"]:.4f}<' in page
    assert "EUR</p>" in page


def test_a_facet_keeps_its_word_and_takes_several_values(service: Service) -> None:
    page = text_of(service.client.get("/?q=dress"))
    pattern = r'href="([^"]+)">\s*<span class="value">Acme</span>\s*<span class="count">(\d+)<'
    found = re.search(pattern, page)
    assert found
    page = text_of(service.client.get(html.unescape(found[1])))
    assert f"{found[2]} products" in page
    assert 'aria-label="Remove Brand Acme"' in page
    both = text_of(service.client.get("/?q=dress&brand=Acme&brand=Coco"))
    makers = set(re.findall(r'class="maker">(.*?)<', both))
    assert makers == {"Acme", "Coco"}


def test_pages_are_cut_from_one_ranking(service: Service) -> None:
    first = text_of(service.client.get("/?q=red+dress"))
    address = link(first, "next")
    assert "snapshot=" in address
    second = text_of(service.client.get(address))
    answer = service.post("/v1/search", {"q": "red dress", "limit": 48}).get_json()
    assert titles(first) + titles(second) == [hit["product"]["title"] for hit in answer["hits"]]
    assert 'aria-label="Place 25"' in second
    assert "Page 2 of" in second
    assert titles(text_of(service.client.get(link(second, "prev")))) == titles(first)


def test_without_words_everything_is_listed_to_its_end(service: Service) -> None:
    page = text_of(service.client.get("/"))
    total = int(re.findall(r"(\d+) products", page)[0])
    found = titles(page)
    while 'rel="next"' in page:
        page = text_of(service.client.get(link(page, "next")))
        found += titles(page)
    assert len(found) == total
    assert link(page, "prev") == "/"


def test_nothing_found_says_what_to_do(service: Service) -> None:
    page = text_of(service.client.get("/?q=zzzz&brand=Nobody"))
    assert "Nothing was found for “zzzz” with these filters" in page
    assert "no product has brand" in page
    assert "Search without filters" in page
    assert "There is no page this far" in text_of(service.client.get("/?q=dress&offset=2400"))


def test_what_a_person_typed_is_escaped_everywhere(service: Service) -> None:
    for address in (
        f"/?q={quote(EVIL)}&brand={quote(EVIL)}",
        f"/?q={quote(EVIL)}&offset={quote(EVIL)}",
        f"/?q=dress&brand={quote(EVIL)}&cursor={quote(EVIL)}",
    ):
        page = text_of(service.client.get(address))
        assert "<script" not in page
        assert "<img" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("address", "status", "text"),
    [
        ("/?q=dress&snapshot=" + "A" * 22, 410, "These results have expired"),
        ("/?q=" + "x" * 501, 400, "has 501 characters; give at most 500"),
        ("/?q=dress&offset=x", 400, "has to be a whole number"),
        ("/console/static/nothing.css", 404, "not_found"),
    ],
)
def test_an_error_is_a_page_with_its_status(
    service: Service, address: str, status: int, text: str
) -> None:
    response = service.client.get(address)
    assert response.status_code == status
    page = text_of(response)
    assert text in page
    assert response.headers["X-Request-Id"] in page
    assert 'class="button"' in page


def test_without_an_index_it_says_how_to_make_one(tmp_path: Path) -> None:
    settings = Settings(
        engine_url=f"sqlite:///{tmp_path / 'none.db'}",
        database_url=f"sqlite:///{tmp_path / 'state.db'}",
    )
    response = create_app(settings).test_client().get("/")
    assert response.status_code == 503
    assert "hybrid-search index" in text_of(response)


def test_where_searches_need_a_key_the_page_does_too(settings: Settings) -> None:
    closed = settings.model_copy(update={"search_needs_key": True})
    response = create_app(closed).test_client().get("/?q=dress")
    assert response.status_code == 401
    assert "need an API key" in text_of(response)


def test_nothing_comes_from_another_host(service: Service) -> None:
    page = text_of(service.client.get("/?q=dress"))
    places = re.findall(r'(?:src|href|action)="([^"]+)"', page)
    assert places
    assert all(place.startswith(("/", "#")) for place in places)
    for name in ("console.css", "icon.svg"):
        with service.client.get(f"/console/static/{name}") as response:
            assert response.status_code == 200
