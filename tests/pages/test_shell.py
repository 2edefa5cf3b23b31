"""What stands around every page: languages, themes, the keyboard, filters, errors."""

from playwright.sync_api import expect

from tests.pages.conftest import Visit
from tests.support.browser import PHONE


def test_the_language_is_switched_and_stays(visit: Visit) -> None:
    visitor = visit("viewer", language="fr")
    page = visitor.page
    expect(page.locator("h1")).to_have_text("Vue d’ensemble")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Overview")
    page.goto("/account")
    expect(page.locator("h1")).to_have_text("Your account")


def test_the_theme_follows_the_system_until_it_is_chosen(visit: Visit) -> None:
    dark = visit("viewer", language="en", color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert dark.page.evaluate(paper) == "rgb(20, 22, 26)"
    dark.accessible()
    dark.screenshot("overview-dark-en-1440")
    dark.page.get_by_role("link", name="Light").click()
    assert dark.page.evaluate(paper) == "rgb(251, 251, 250)"
    light = visit("viewer", language="en", width=PHONE)
    light.page.get_by_role("link", name="Dark").click()
    assert light.page.evaluate(paper) == "rgb(20, 22, 26)"
    light.page.goto("/account")
    assert light.page.evaluate(paper) == "rgb(20, 22, 26)"
    light.accessible()
    light.screenshot("account-dark-en-390")


def test_the_keyboard_skips_to_the_content(visit: Visit) -> None:
    page = visit("viewer", language="fr").open("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    assert skip.bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("select[name=team]")).to_be_focused()


def test_a_filter_moves_the_numbers_and_the_address(visit: Visit) -> None:
    visitor = visit("viewer", language="en")
    page = visitor.open("/")
    value = page.locator(".card .value").nth(2)
    everybody = int(value.inner_text())
    page.locator("select[name=team]").select_option(label="Checkout")
    page.wait_for_url("**team=*")
    assert 0 < int(value.inner_text()) < everybody
    page.locator("select[name=period]").select_option("7d")
    page.wait_for_url("**period=7d*")
    assert page.url.count("=") == 2, page.url
    page.locator("select[name=period]").select_option("days")
    page.locator("input[name=from]").fill("2026-09-01")
    page.wait_for_url("**from=2026-09-01*")
    expect(page.locator(".filters .span")).to_contain_text("1 Sep")
    visitor.screenshot("overview-filtered-en-1440")


def test_a_filter_works_without_a_script(visit: Visit) -> None:
    visitor = visit("viewer", language="fr", java_script_enabled=False)
    page = visitor.open("/")
    page.locator("select[name=team]").select_option(label="Search")
    page.locator("select[name=period]").select_option("days")
    page.locator("input[name=from]").fill("2026-08-03")
    page.locator("input[name=to]").fill("2026-08-30")
    page.get_by_role("button", name="Afficher").click()
    expect(page.locator(".filters .span")).to_have_text("3–30 août 2026")
    expect(page.locator("select[name=team] option:checked")).to_have_text("Search")


def test_a_filter_on_what_is_gone_says_that_nothing_passes(visit: Visit) -> None:
    page = visit("viewer", language="fr").open("/?team=nowhere")
    expect(page.locator("select[name=team] option:checked")).to_have_text("nowhere")
    expect(page.locator(".card .nothing").first).to_contain_text("Rien ne passe ces filtres")


def test_an_address_that_is_none_leads_back(visit: Visit) -> None:
    visitor = visit("viewer", language="fr", width=PHONE)
    visitor.expects("status of 404")
    page = visitor.open("/nothing")
    expect(page.locator("h1")).to_have_text("Il n’y a rien ici")
    visitor.accessible()
    visitor.fits()
    visitor.screenshot("error-404-fr-390")
    page.get_by_role("link", name="Vers la vue d’ensemble").click()
    expect(page.locator("h1")).to_have_text("Vue d’ensemble")


def test_a_page_prints_without_its_controls(visit: Visit) -> None:
    visitor = visit("viewer", language="fr")
    visitor.page.emulate_media(media="print")
    expect(visitor.page.locator(".tools")).to_be_hidden()
    expect(visitor.page.locator(".card").first).to_be_visible()
    visitor.screenshot("overview-print-fr")


def test_the_first_visit_ships_little_and_the_second_less(visit: Visit) -> None:
    visitor = visit("viewer", language="fr")
    sizes: list[int] = []
    visitor.page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    visitor.open("/")
    assert sum(sizes) < 50_000, "What was had before comes from the browser's own store."
