"""What is said to a question that was read: what it is about first, and a way to look further."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.language import Language
from app.digest.answers import Answerer, vocabulary
from app.digest.parse import parse
from app.facts.read import FactsReader
from tests.support.databases import copy_of
from tests.support.digest_site import NOW, Site, fill, site


@pytest.fixture(scope="module")
def here(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with copy_of(sqlite_template, tmp_path_factory.mktemp("answers") / "hub.db") as database, site(database) as made:
        fill(made.api)
        yield made


def said(here: Site, text: str, language: Language = Language.EN) -> str:
    reader = FactsReader(here.api.database)
    answerer = Answerer(reader, here.api.settings, NOW, language, "https://hub.test")
    answer = answerer.answer(parse(text, vocabulary(reader), NOW.date()))
    found: str = answer["blocks"][0]["text"]["text"]
    return found


def test_the_link_leads_to_the_same_days_and_project(here: Site) -> None:
    [project] = [one.id for one in vocabulary(FactsReader(here.api.database)).names if one.dimension == "project"]
    link = re.search(r"<(\S+)\|Open the dashboard>", said(here, "cycle-time checkout last month"))
    assert link is not None
    assert link[1] == (f"https://hub.test/metrics/cycle_time?period=2026-10-01..2026-10-31&amp;project={project}")


def test_what_the_number_is_not_about_stands_before_it(here: Site) -> None:
    lines = said(here, "cycle-time blue last month").splitlines()
    assert lines[0] == "I know nothing called “blue”, so I left it out."
    assert lines[1].startswith("*Cycle time*")


def test_help_shows_names_that_there_are(here: Site) -> None:
    assert "`/prodops adoption boards`" in said(here, "help")
    assert "`/prodops temps de cycle le mois dernier`" in said(here, "aide", Language.FR)
