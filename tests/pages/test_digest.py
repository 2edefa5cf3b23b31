"""A digest in a real browser: made in its form, looked at before Slack has it, sent to oneself; and as a page."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from pydantic import SecretStr

from app.core.crypto import new_key
from app.core.db import Database
from app.core.settings import Settings
from app.ingest import credentials
from app.store import digests, sources
from app.store.sources import Source
from connectors.slack.config import SlackConfig
from tests.pages.conftest import Visit
from tests.support.browser import PHONE, WIDE, Hub, serving
from tests.support.clock import ManualClock
from tests.support.databases import copy_of
from tests.support.slack_workspace import Served, slack
from tests.support.small_company import NOW, furnish

KEY = SecretStr(new_key())
CHANNEL = "C0GENERAL"


@pytest.fixture(scope="module")
def workspace() -> Iterator[Served]:
    """A Slack on this machine."""
    with slack(clock=ManualClock(NOW)) as served:
        yield served


@pytest.fixture(scope="module")
def posting_hub(workspace: Served, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The small company with that Slack as a source."""
    with copy_of(sqlite_template, tmp_path_factory.mktemp("digest") / "hub.db") as database:
        furnish(database)
        connect(database, workspace)
        with serving(database, ManualClock(NOW), secret_keys=(KEY,), allowed_private_hosts=("127.0.0.1",)) as running:
            running.add_users()
            yield running


def connect(database: Database, workspace: Served) -> None:
    keyring = Settings(secret_keys=(KEY,), _env_file=None).keyring()  # type: ignore[call-arg]
    config = SlackConfig(base_url=workspace.sandbox.url).model_dump(mode="json")
    source = Source(
        id=uuid4(), connector="slack", tool="slack", name="Slack", config=config, schedule=None, start_date=None,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    with database.write() as connection:
        sources.insert_source(connection, source)
        sealed = credentials.seal(keyring, source.id, workspace.credentials(user=False))
        sources.set_credentials(connection, source.id, sealed, set_at=NOW, hint="fake")


def test_a_digest_is_made_looked_at_and_sent_to_oneself(visit: Visit, posting_hub: Hub, workspace: Served) -> None:
    visitor = visit("editor", to=posting_hub, language="fr")
    page = visitor.open("/admin/digests/new")
    page.get_by_label("Nom", exact=True).fill("Chaque lundi")
    page.get_by_label("Identifiant du canal").fill(CHANNEL)
    page.get_by_role("button", name="La créer").click()
    expect(page.locator("h1")).to_have_text("Chaque lundi")
    page.get_by_role("button", name="Aperçu").click()
    preview = page.locator(".preview")
    expect(preview.locator("img")).to_be_visible()
    expect(preview).to_contain_text("Temps de cycle")
    visitor.accessible()
    visitor.screenshot("admin-digest-preview-fr-1440")
    page.get_by_label("Votre identifiant").fill("U0NOBODY")
    visitor.expects("status of 422")
    page.get_by_role("button", name="Me l’envoyer").click()
    expect(page.get_by_label("Votre identifiant")).to_have_value("U0NOBODY")
    person = next(one for one in workspace.sandbox.facts.organisation.accounts.values() if one.kind == "human")
    user = f"U0{person.id.upper()}"
    page.get_by_label("Votre identifiant").fill(user)
    page.get_by_role("button", name="Me l’envoyer").click()
    expect(page.get_by_role("status")).to_be_visible()
    [message] = workspace.sandbox.outbox.messages[user]
    assert message["blocks"][0]["text"]["text"] == "Chaque lundi"


@pytest.mark.parametrize(
    ("language", "theme", "name", "width"),
    [("fr", "light", "1440", WIDE), ("en", "dark", "390", PHONE)],
)
def test_a_digest_is_a_page(
    visit: Visit, posting_hub: Hub, language: str, theme: str, name: str, width: dict[str, int]
) -> None:
    digest_id = made(posting_hub, f"On a page, {language}")
    visitor = visit("viewer", to=posting_hub, language=language, width=width, color_scheme=theme)
    page = visitor.open(f"/digest/{digest_id}")
    expect(page.locator(".digest .plot svg")).to_be_visible()
    heading = {"fr": "Ce qui a bougé", "en": "What moved"}[language]
    expect(page.locator(".digest")).to_contain_text(heading)
    visitor.accessible()
    visitor.fits()
    visitor.screenshot(f"digest-{language}-{theme}-{name}")
    page.locator("a[rel=prev]").click()
    page.locator("a[rel=next]").click()
    expect(page.locator(".digest")).to_contain_text(heading)


def made(hub: Hub, name: str) -> str:
    with hub.database.write() as connection:
        [source] = [one for one in sources.every(connection) if one.connector == "slack"]
        values = {
            "name": name, "source_id": source.id, "channel": CHANNEL, "teams": [], "locale": "en", "enabled": True,
            "metrics": ["cycle_time", "throughput"], "schedule": "0 9 * * mon", "timezone": "Europe/Paris", "days": 28,
        }  # fmt: skip
        return str(digests.create(connection, values, NOW))
