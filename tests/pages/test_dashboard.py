"""The pages of the dashboard, as somebody sees them: drawn, readable by everybody, and light."""

import re

import pytest
from playwright.sync_api import Page

from app.charts.render import bundle
from app.store import settings, version
from tests.pages.conftest import Visit
from tests.support.browser import PHONE, WIDE, Hub, Visitor
from tests.support.small_company import NOW

PAGES = {
    "overview": "/",
    "flow": "/flow",
    "tools": "/tools",
    "communication": "/communication",
    "launches": "/launches",
    "data": "/data",
    "maturity": "/maturity",
    "metric": "/metrics/cycle_time",
    "facts": "/metrics/cycle_time/facts",
}
FIRST_VISIT, NEXT_VISIT = 1_200_000, 50_000
"""The most bytes that a page may send."""


@pytest.fixture(scope="module", autouse=True)
def _script() -> None:
    """The script that draws takes seconds to make, once in a process: no test's time-out is to count them."""
    bundle()


def drawn(page: Page) -> int:
    """How many charts there are, once all are drawn."""
    figures = page.locator("figure.chart")
    for place in range(figures.count()):
        figures.nth(place).locator(".plot svg").first.wait_for(state="attached")
    return figures.count()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("language", "theme", "size", "width"), [("fr", "light", "1440", WIDE), ("en", "dark", "390", PHONE)]
)
def test_a_page_is_drawn_and_everybody_can_read_it(
    visit: Visit, name: str, language: str, theme: str, size: str, width: dict[str, int]
) -> None:
    visitor = visit("editor", language=language, width=width, color_scheme=theme)
    page = visitor.open(PAGES[name])
    assert page.locator("html").get_attribute("lang") == language
    assert (drawn(page) > 0) == (name not in ("overview", "facts"))
    assert (page.locator("script[src*=vega]").count() > 0) == (page.locator("figure.chart").count() > 0)
    visitor.accessible()
    visitor.fits()
    visitor.screenshot(f"{name}-{language}-{theme}-{size}")


def test_each_filter_changes_the_address_and_the_numbers(visit: Visit) -> None:
    page = visit("viewer", language="en").open("/flow")
    seen = {page.locator(".card .value").first.inner_text()}
    for field, value, told in (
        ("team", "Checkout", "team="),
        ("project", "shop", "project="),
        ("period", "180d", "period=180d"),
        ("clock", "working", "clock=working"),
    ):
        choice = page.locator(f"select[name={field}]")
        label = choice.locator("option", has_text=re.compile(f"^{value}$", re.IGNORECASE))
        with page.expect_navigation():
            choice.select_option(label.get_attribute("value") if label.count() else value)
        assert told in page.url
        seen.add(page.locator(".card .value").first.inner_text())
    assert len(seen) > 2
    with page.expect_navigation():
        page.locator("select[name=compare]").select_option("none")
    assert page.locator(".delta").count() == 0
    with page.expect_navigation():
        page.locator("nav.sections a", has_text="Tools").click()
    assert "period=180d" in page.url, "Filters stay when the page changes."


def test_a_number_opens_what_is_behind_it(visit: Visit) -> None:
    page = visit("viewer", language="en").open("/")
    n = re.findall(r"n\s=\s\d+", page.locator(".card").first.inner_text())[-1]
    with page.expect_navigation():
        page.locator(".card .value a").first.click()
    assert n in page.locator("main").inner_text()


def test_a_shared_page_is_drawn_for_somebody_without_an_account(visit: Visit, hub: Hub) -> None:
    with hub.database.write() as connection:
        settings.put(connection, "shares", True, NOW)
        version.bump(connection, NOW)
    editor = visit("editor", language="en")
    page = editor.open("/flow?team=Checkout")
    mine = page.locator(".card .value").all_inner_texts()
    page.locator(".page-head a").click()
    page.locator("form.filters button").click()
    link = page.locator("input[readonly]").input_value()
    editor.accessible()
    stranger = visit(language="fr")
    shared = stranger.open(link)
    assert shared.locator("html").get_attribute("lang") == "fr"
    assert drawn(shared) > 5
    stranger.accessible()
    stranger.fits()
    stranger.screenshot("shared-fr-1440")
    shared.locator("nav.switch a", has_text="EN").click()
    assert shared.locator(".card .value").all_inner_texts() == mine
    assert shared.locator("header a[href='/']").count() == 0


def test_pages_are_light(visit: Visit) -> None:
    visitor = visit("viewer", language="en")
    first = transferred(visitor, "/flow")
    again = transferred(visitor, "/flow")
    assert first <= FIRST_VISIT
    assert again <= NEXT_VISIT


def transferred(visitor: Visitor, path: str) -> int:
    """The bytes that came over the wire until all charts were drawn."""
    sizes: list[int] = []
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    page = visitor.open(path)
    drawn(page)
    page.wait_for_load_state("networkidle")
    session.detach()
    return sum(sizes)


def test_without_a_script_the_numbers_and_the_pictures_are_there(visit: Visit) -> None:
    visitor = visit("viewer", language="en", java_script_enabled=False)
    page = visitor.open("/tools")
    assert page.locator(".card .value").count() > 3
    assert page.locator("figure.chart table").count() == page.locator("figure.chart").count()
    picture = page.locator("figure.chart noscript img").first
    picture.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 0
    page.locator("select[name=period]").select_option("28d")
    page.locator("form.filters button").click()
    assert "period=28d" in page.url


def test_a_chart_can_be_taken_along(visit: Visit) -> None:
    page = visit("viewer", language="en").open("/flow")
    figure = page.locator("figure.chart").first
    for form in ("CSV", "PNG", "SVG"):
        with page.expect_download() as download:
            figure.locator(".exports a", has_text=form).click()
        assert download.value.path().stat().st_size > 200
