"""The admin pages in a real browser: from nothing to a Jira that is read, its words mapped; people and teams."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from app.core.crypto import new_key
from app.core.settings import Settings
from app.facts.dirty import build_dirty
from app.ingest.runner import Runner
from app.ingest.worker import Worker
from connectors import registry
from tests.pages.conftest import Visit
from tests.support.browser import PASSWORD, PHONE, SETUP_CODE, WIDE, Hub, serving
from tests.support.clock import ManualClock
from tests.support.databases import copy_of
from tests.support.jira_site import Served, jira
from tests.support.small_company import NOW

KEY = SecretStr(new_key())
LOCAL = ("127.0.0.1",)


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    """A Jira with a small organisation in it."""
    with jira() as served:
        yield served


@pytest.fixture
def empty_hub(sqlite_template: Path, tmp_path: Path) -> Iterator[Hub]:
    """A service with nobody in it, which may reach this machine."""
    with (
        copy_of(sqlite_template, tmp_path / "hub.db") as database,
        serving(database, ManualClock(NOW), secret_keys=(KEY,), allowed_private_hosts=LOCAL) as hub,
    ):
        yield hub


def run_next(hub: Hub) -> None:
    """Do what a worker does with the sync that waits."""
    keyring = Settings(secret_keys=(KEY,), _env_file=None).keyring()  # type: ignore[call-arg]
    runner = Runner(
        db=hub.database, connectors=registry.load().connectors, keyring=keyring, clock=hub.clock,
        allowed_private_hosts=LOCAL,
    )  # fmt: skip
    Worker(runner, build_dirty).run_next()


def make_first_admin(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Code d’installation").fill(SETUP_CODE)
    page.get_by_label("Votre nom").fill("Ada")
    page.get_by_label("Adresse e-mail").fill("ada@example.com")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_label("Mot de passe, encore une fois").fill(PASSWORD)
    page.get_by_role("button", name="Créer le compte").click()


def test_from_the_wizard_to_a_jira_whose_words_are_mapped(visit: Visit, empty_hub: Hub, site: Served) -> None:
    visitor = visit(to=empty_hub, language="fr")
    page = visitor.page
    make_first_admin(page)
    page.get_by_role("link", name="Connecter un outil").click()
    page.get_by_role("link", name="Jira").click()
    visitor.accessible()
    visitor.screenshot("admin-new-jira-fr-1440")

    keys = site.sandbox.gate.keys
    page.get_by_label("Adresse du site").fill(site.sandbox.url)
    page.get_by_label("Adresse e-mail").fill(keys.email)
    page.get_by_label("Jeton d’API", exact=True).fill("fake-and-wrong")
    page.get_by_role("button", name="Tester et continuer").click()
    expect(page.locator("#checks")).to_contain_text("La connexion ne marche pas encore")
    expect(page.locator("#checks .error")).to_contain_text("Que faire")
    visitor.accessible()
    visitor.screenshot("admin-new-jira-wrong-fr-1440")
    assert "fake-and-wrong" not in page.content()
    page.get_by_label("Jeton d’API", exact=True).fill(keys.token)
    page.get_by_role("button", name="Tester et continuer").click()

    expect(page.locator("h1")).to_have_text("Choisir ce qui est lu")
    expect(page.locator("legend")).to_contain_text("2 peuvent être lus, 2 sont choisis")
    visitor.accessible()
    visitor.screenshot("admin-scopes-fr-1440")
    page.get_by_label("À quel rythme").select_option("0 */6 * * *")
    page.get_by_role("button", name="Enregistrer et lire une première fois").click()

    expect(page.locator("#progress")).to_contain_text("En attente de son tour")
    visitor.screenshot("admin-waiting-fr-1440")
    run_next(empty_hub)
    # The page notices by itself that the sync has ended.
    expect(page.locator(".badge.good").first).to_have_text("à jour")
    expect(page.locator("#progress progress")).to_have_count(0)
    visitor.accessible()
    visitor.screenshot("admin-source-fr-1440")

    expect(page.locator(".notice.good")).to_contain_text("La première lecture est finie")
    page.get_by_role("link", name="Sens des mots de l’outil").first.click()
    word = page.locator("select[name=meaning]").first
    word.select_option("waiting")
    expect(page.locator(".effect-of").first).to_contain_text("éléments")
    visitor.accessible()
    visitor.screenshot("admin-mapping-fr-1440")
    page.get_by_role("button", name=re.compile("^Enregistrer le sens")).first.click()
    expect(page.get_by_role("status")).to_have_text("Enregistré.")


PAGES = [
    "sources", "sources/new", "sources/new/slack", "mapping", "people", "teams", "accounts", "tools", "calendars",
    "calendars/new", "alerts", "alerts/new", "digests", "digests/new", "users", "tokens", "settings", "audit",
]  # fmt: skip


@pytest.mark.parametrize("place", PAGES)
def test_each_page_fits_and_can_be_heard(visit: Visit, place: str) -> None:
    visitor = visit("admin", language="fr", width=PHONE)
    for name, width in (("390", PHONE), ("1440", WIDE)):
        visitor.page.set_viewport_size(width)  # type: ignore[arg-type]
        page = visitor.open(f"/admin/{place}")
        expect(page.locator("h1")).to_be_visible()
        visitor.accessible()
        visitor.fits()
        visitor.screenshot(f"admin-{place.replace('/', '-')}-fr-{name}")


def test_a_team_gets_people_after_a_preview(visit: Visit, new_hub: Hub) -> None:
    new_hub.add_users()
    visitor = visit("editor", to=new_hub, language="en")
    page = visitor.open("/admin/people")
    page.get_by_label("Name", exact=True).fill("Grace Hopper")
    page.get_by_role("button", name="Add", exact=True).click()
    page = visitor.open("/admin/teams")
    page.get_by_label("Name", exact=True).fill("Checkout")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Checkout").click()
    page.get_by_label("Person").last.select_option(label="Grace Hopper")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is saved yet")
    visitor.accessible()
    visitor.screenshot("admin-team-preview-en-1440")
    page.get_by_role("button", name="Save").last.click()
    visitor.open("/admin/teams")
    expect(page.locator(".tree")).to_contain_text("1 person")
    assert page.get_by_role("link", name="Tokens").count() == 0
