"""The search page in a real Chromium, against the service as it is served."""

import os
import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hybrid_search.settings import PREFIX, Settings
from tests.cli.running_service import running_service

WIDTHS = (360, 390, 768, 1280, 1920)


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    names = ("engine_url", "index_alias", "database_url")
    environment = {f"{PREFIX}{name.upper()}": str(getattr(settings, name)) for name in names}
    arguments = ["-m", "hybrid_search.cli", "serve", "--bind", "127.0.0.1:0"]
    with running_service(arguments, environment) as service:
        yield f"http://127.0.0.1:{service.port}/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("there is no chromium; apt-get install chromium, or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without JavaScript; whatever its policy forbids fails the test."""
    context = browser.new_context(java_script_enabled=False)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    yield page
    context.close()
    # That a page answered with an error status is told here too.
    assert [one for one in complaints if "the server responded with" not in one] == []


def test_a_person_searches_clicks_a_facet_and_turns_the_page(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("searchbox").fill("red dress")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("red dress")

    women = page.locator("#filters a", has=page.get_by_text("Women", exact=True))
    men = page.locator("#filters a", has=page.get_by_text("Men", exact=True))
    counted = sum(int(one.locator(".count").inner_text()) for one in (women, men))
    women.click()
    men.click()
    expect(page.get_by_role("link", name="Remove Category Men")).to_be_visible()
    expect(page.locator(".total")).to_have_text(f"{counted} products")

    first = page.locator(".card h3").all_inner_texts()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text(re.compile(r"Page 2 of \d"))).to_be_visible()
    expect(page.locator(".rank").first).to_have_text("25")
    page.get_by_role("link", name="Previous").click()
    assert page.locator(".card h3").all_inner_texts() == first


def test_the_keyboard_opens_the_reasons(page: Page, address: str) -> None:
    page.goto(f"{address}?q=red+dress")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the results")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    why = page.locator("details.why").first
    table = why.locator("table")
    expect(table).not_to_be_visible()
    while not why.locator("summary").evaluate("one => one === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(table).to_be_visible()
    expect(table).to_contain_text("words")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_at_any_width(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for query in ("?q=red+dress", "", "?q=nothing&brand=Nobody", f"?q={'x' * 300}", "?offset=x"):
        page.goto(address + query)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_phone_opens_the_filters_by_a_link(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{address}?q=red+dress")
    filters = page.get_by_role("navigation", name="Filters")
    expect(filters).not_to_be_visible()
    page.get_by_role("link", name="Filters", exact=True).click()
    expect(filters).to_be_visible()
    filters.get_by_role("link", name="Acme").click()
    expect(filters).not_to_be_visible()
    expect(page.get_by_role("link", name="Remove Brand Acme")).to_be_visible()
