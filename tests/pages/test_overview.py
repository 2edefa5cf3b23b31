"""The overview, as somebody sees it who opens the service."""

import re

import pytest

from tests.pages.conftest import Visit
from tests.support.browser import PHONE, WIDE, Hub


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("name", "width"), [("1440", WIDE), ("390", PHONE)])
def test_the_key_numbers_stand_under_their_questions(
    visit: Visit, language: str, name: str, width: dict[str, int]
) -> None:
    visitor = visit("viewer", language=language, width=width)
    page = visitor.open("/")
    title, *questions = {
        "fr": ("Vue d’ensemble", "Qu’est-ce qui a bougé", "À quelle vitesse"),
        "en": ("Overview", "What moved", "How fast"),
    }[language]
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").inner_text() == title
    for place, question in enumerate(questions):
        assert page.locator("h2").nth(place).inner_text().startswith(question)
    value = page.locator(".card .value").first.inner_text()
    assert re.match(r"\d+\s(j|d|h)", value), value
    visitor.accessible()
    visitor.fits()
    visitor.screenshot(f"overview-{language}-{name}")


def test_what_is_empty_says_what_to_do(visit: Visit, new_hub: Hub) -> None:
    new_hub.add_users()
    page = visit("admin", to=new_hub, language="en").open("/")
    assert "Connect Jira" in page.locator(".empty").inner_text()
