"""What is recommended: each rule where it holds and where it does not, what it says, and when all keep silent."""

import string
from dataclasses import replace
from typing import Any

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.insights.numbers import Numbers, Window
from app.insights.recommendations import recommendations
from app.insights.rows import of_recommendations
from app.insights.rules import PRIORITIES, RULES
from app.insights.texts import filled, said
from app.metrics.declaration import Text
from app.store import tools
from tests.app.insights.scenes import END, NOW, SCENES, START, done, reopened, staffed
from tests.support import talk
from tests.support.metric_site import Site
from tests.support.rows import Store

OPEN = Settings(_env_file=None, timezone="Europe/Paris", min_group=1)
BY_NAME = {rule.name: rule for rule in RULES}


def asked(site: Site, *names: str, window: tuple[Any, Any] = (START, END), teams: tuple[str, ...] = ()) -> list[Any]:
    numbers = Numbers(site.reader, site.settings, Window(*window, "Europe/Paris", NOW.replace(second=0)), teams)
    rules = tuple(BY_NAME[name] for name in names) or RULES
    found: list[Any] = recommendations(numbers, rules)["recommendations"]
    return found


def test_every_rule_has_a_scene() -> None:
    assert set(SCENES) == set(BY_NAME)
    assert len(BY_NAME) == len(RULES) >= 12


@pytest.mark.parametrize("name", SCENES)
def test_a_rule_holds_where_it_should(sqlite_site: Site, name: str) -> None:
    scene = SCENES[name]
    scene.holds(sqlite_site)
    first, *_ = asked(sqlite_site, name, window=scene.window)
    rule, evidence = BY_NAME[name], first["evidence"]
    assert first["team"] is None
    assert evidence["metric"] == rule.source.metric
    assert evidence["n"] >= rule.fewest
    beyond = evidence["value"] - evidence["threshold"]
    assert (beyond > 0) == (evidence["relation"] == "above")
    for text in (first["title"], first["reason"], first["action"]):
        assert set(text) == {"en", "fr"}
        assert not set("{}") & set(text["en"] + text["fr"])


@pytest.mark.parametrize("name", SCENES)
def test_a_rule_keeps_silent_where_it_should(sqlite_site: Site, name: str) -> None:
    scene = SCENES[name]
    scene.does_not(sqlite_site)
    assert asked(sqlite_site, name, window=scene.window) == []


def test_who_may_know_a_team_only_is_told_nothing_that_holds_for_everybody(sqlite_site: Site) -> None:
    """How fresh a source is cannot be told by team; how often work comes back can."""
    by_team, of_all = SCENES["reopened_work"], SCENES["stale_data"]
    by_team.holds(sqlite_site)
    of_all.holds(sqlite_site)
    window = Window(START, max(by_team.window[1], of_all.window[1]), "Europe/Paris", NOW.replace(second=0))
    numbers = Numbers(sqlite_site.reader, sqlite_site.settings, window)
    rules = (BY_NAME["reopened_work"], BY_NAME["stale_data"])
    everything = {one["rule"] for one in recommendations(numbers, rules)["recommendations"]}
    told = {one["rule"] for one in recommendations(replace(numbers, by_team_only=True), rules)["recommendations"]}
    assert (everything, told) == ({"reopened_work", "stale_data"}, {"reopened_work"})


def test_too_little_data_says_nothing(sqlite_site: Site) -> None:
    sqlite_site.put(*done(14), *reopened(5))
    assert asked(sqlite_site, "reopened_work") == []
    sqlite_site.put(*done(15), *reopened(5))
    assert asked(sqlite_site, "reopened_work") != []


def test_what_is_suppressed_says_nothing(private_site: Site) -> None:
    staffed(private_site)
    private_site.put(*(replace(item, assignee="ann") for item in (*done(20), *reopened(10))))
    assert asked(private_site, *SCENES) == []


def test_nothing_known_says_nothing(sqlite_site: Site) -> None:
    assert asked(sqlite_site, *(set(SCENES) - {"incomplete_data"})) == []


def test_a_rule_names_the_team_that_it_holds_for(sqlite_site: Site) -> None:
    staffed(sqlite_site)
    of_red = [replace(item, assignee="ann") for item in (*done(20), *reopened(10))]
    of_blue = [replace(item, assignee="joe") for item in done(60, key="b")]
    sqlite_site.put(*of_red, *of_blue)
    (red,) = asked(sqlite_site, "reopened_work")
    assert red["team"]["name"] == "red"
    assert red["evidence"]["value"] == pytest.approx(1 / 3)
    everybody, again = asked(sqlite_site, "reopened_work", teams=("red",))
    assert (everybody["team"], again["team"]["name"]) == (None, "red")
    assert asked(sqlite_site, "reopened_work", teams=("blue",)) == []


def test_the_most_pressing_stands_first_and_everybody_before_teams(sqlite_site: Site) -> None:
    staffed(sqlite_site)
    sqlite_site.put(*(replace(item, assignee="ann") for item in (*done(20, active=1, waits=20), *reopened(10))))
    found = asked(sqlite_site)
    places = [PRIORITIES.index(one["priority"]) for one in found]
    assert places == sorted(places)
    teams = [one["team"] and one["team"]["name"] for one in found if one["rule"] == "reopened_work"]
    assert teams == [None, "red"]


def test_numbers_are_said_in_the_language_of_the_sentence(sqlite_site: Site) -> None:
    SCENES["slow_answers"].holds(sqlite_site)
    (found, *_) = asked(sqlite_site, "slow_answers")
    assert "longer than 30 hours" in found["reason"]["en"]
    assert "plus de 30 heures" in found["reason"]["fr"]
    assert "24 heures" in found["reason"]["fr"]


def test_idle_seats_are_told_with_their_cost(sqlite_site: Site) -> None:
    SCENES["idle_seats"].holds(sqlite_site)
    assert "cost" not in asked(sqlite_site, "idle_seats")[0]["reason"]["en"]
    with sqlite_site.store.db.write() as connection:
        tools.put(connection, "figma", {"seat_price": 12.0, "currency": "EUR"}, NOW)
    sqlite_site.put()
    (found,) = asked(sqlite_site, "idle_seats")
    assert "The idle ones cost 108 EUR a month." in found["reason"]["en"]
    assert found["about"]["tool"]["name"] == "figma"
    assert found["evidence"]["idle_cost"] == 108


def test_the_same_numbers_give_the_same_recommendations(db: Database) -> None:
    company = talk.company(db)
    talk.fill(db, company, 4)
    store = Store(db)
    site = Site(store, company.source_ids["slack"], FactsReader(db), OPEN)
    window = (talk.BEGIN, talk.NOW)
    first = asked(site, window=window)
    assert first
    assert first == asked(Site(store, site.source_id, FactsReader(db), OPEN), window=window)
    table = of_recommendations({"recommendations": first})
    assert len(table.rows) == len(first)
    assert {tuple(sorted(row)) for row in table.rows} == {tuple(sorted(table.columns))}


def test_every_text_is_there_in_both_languages_and_names_only_what_is_known() -> None:
    for rule in RULES:
        for text in (rule.title, rule.reason, rule.action):
            assert text.en.strip() == text.en != text.fr == text.fr.strip() != ""
            assert names_in(text.en) == names_in(text.fr) <= {"value", "threshold", "n", "about", "cost"}, rule.name


def names_in(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_a_name_with_braces_breaks_no_sentence() -> None:
    assert filled(Text(en="“{about}”", fr="« {about} »"), about="{n} {0}").en == "“{n} {0}”"


@pytest.mark.parametrize(
    ("value", "form", "en", "fr"),
    [
        (0.256, "ratio", "26%", "26\u202f%"),
        (0.025, "ratio", "2.5%", "2,5\u202f%"),
        (-0.31, "points", "31 points", "31 points"),
        (3_600, "duration", "1 hour", "1 heure"),
        (5_400, "duration", "1.5 hours", "1,5 heure"),
        (3.5 * 86_400, "duration", "3.5 days", "3,5 jours"),
        (12.0, "number", "12", "12"),
        (7.25, "number", "7.2", "7,2"),
    ],
)
def test_values_are_said_as_people_say_them(value: float, form: Any, en: str, fr: str) -> None:
    assert said(value, form) == Text(en=en, fr=fr)
