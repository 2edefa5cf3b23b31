"""An attacker who asks everything and subtracts answers from each other finds nobody alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations
from random import Random
from typing import Any

import numpy as np
import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.query import MetricQuery, answer, behind, samples
from tests.support import people
from tests.support.metric_site import Site
from tests.support.rows import Item, Store, history

SMALLEST = 3
MONDAY = datetime(2026, 8, 3, tzinfo=UTC)
SETTINGS = Settings(_env_file=None, timezone="UTC", min_group=SMALLEST)
TREE = {"red": None, "dark red": "red", "light red": "red", "blue": None, "green": None}
PROJECTS = ("shop", "bank", "gym")
OPEN_TEAM = "unassigned"


@dataclass(frozen=True)
class Fact:
    """A finished item, as the attacker's victims know it."""

    key: str
    who: str
    team: str
    project: str
    day: int

    def item(self) -> Item:
        end = MONDAY + timedelta(days=self.day, hours=12)
        start = end - timedelta(hours=5)
        return history(self.key, start, "active", (end, "done"), project=self.project, assignee=self.who)


def dice_of(seed: int) -> list[Fact]:
    """Some people in teams, and what they finished, mostly in a project or two."""
    dice = Random(seed)
    teams = [*TREE, OPEN_TEAM]
    sizes = [dice.choice([0, 1, 2, 3, 4, 6]) for _ in teams]
    facts: list[Fact] = []
    for team, size in zip(teams, sizes, strict=True):
        usual = dice.sample(PROJECTS, 2)
        for number in range(size):
            for _ in range(dice.randint(1, 3)):
                facts.append(Fact(f"i{len(facts)}", f"{team} {number}", team, dice.choice(usual), dice.randrange(14)))
    return facts


def stored(db: Database, facts: Iterable[Fact]) -> FactsReader:
    store = Store(db)
    source_id = store.source()
    for team, above in TREE.items():
        people.add_team(db, team, above)
    facts = list(facts)
    for who, team in sorted({(fact.who, fact.team) for fact in facts}):
        store.account(source_id, who)
        people.add_person(db, who, [(source_id, who)], [(team, people.ALWAYS, None)] if team in TREE else [])
    store.put(source_id, [fact.item() for fact in facts])
    return FactsReader(db)


def some_of(values: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(values, size) for size in range(1, len(values) + 1))


def with_those_below(teams: Iterable[str]) -> set[str]:
    chosen = set(teams)
    return chosen | {team for team, above in TREE.items() if above in chosen}


@dataclass
class Attacker:
    """What is learnt: sets of facts (as 0 and 1) whose number was shown."""

    reader: FactsReader
    facts: list[Fact]
    known: set[tuple[int, ...]]

    def ask(self, group_by: tuple[str, ...] = (), *, grain: str = "week", **filters: tuple[str, ...]) -> None:
        query = MetricQuery(
            metric="throughput", start=MONDAY, end=MONDAY + timedelta(days=14), tz="UTC", grain=grain,
            group_by=group_by, filters=filters,
        )  # fmt: skip
        for series in answer(self.reader, SETTINGS, query)["series"]:
            mine = [fact for fact in self.facts if self._is_in(fact, series["group"], filters)]
            if "suppressed" not in series["total"]:
                self._learn(mine, series["total"]["value"])
            for point in series["points"]:
                if "suppressed" not in point:
                    low, high = ((datetime.fromisoformat(point[at]).replace(tzinfo=UTC) - MONDAY).days
                                 for at in ("start", "end"))  # fmt: skip
                    self._learn([fact for fact in mine if low <= fact.day < high], point["value"])

    def _is_in(self, fact: Fact, group: dict[str, Any], filters: dict[str, tuple[str, ...]]) -> bool:
        names = {name: value.get("external_id", value["name"]) for name, value in group.items()}
        if any(getattr(fact, name) != value for name, value in names.items()):
            return False
        teams = filters.get("team")
        if teams is not None and fact.team not in with_those_below(teams):
            return False
        return "project" not in filters or fact.project in filters["project"]

    def _learn(self, mine: list[Fact], value: int) -> None:
        # What the number is of must be right, or the attack would prove nothing.
        assert len(mine) == value
        keys = {fact.key for fact in mine}
        self.known.add(tuple(int(fact.key in keys) for fact in self.facts))

    def isolated(self, answers: int = 3) -> list[set[str]]:
        """The people of every difference of so many known numbers, or fewer, that rests on too few of them."""
        known = np.array(sorted(self.known), dtype=np.int8)
        people_of = sorted({fact.who for fact in self.facts})
        owner = np.zeros((len(self.facts), len(people_of)), dtype=np.int8)
        owner[np.arange(len(self.facts)), [people_of.index(fact.who) for fact in self.facts]] = 1
        found: set[frozenset[str]] = set()
        for first in known:
            two = first - known
            for signs in (None, -1, 1)[: 3 if answers == 3 else 1]:
                some = two if signs is None else (two[:, None, :] + signs * known[None, :, :]).reshape(-1, len(owner))
                # A difference between people on both sides tells of neither.
                some = some[(some >= 0).all(axis=1)]
                touched = (some > 0).astype(np.int8) @ owner > 0
                few = touched.sum(axis=1)
                for row in np.flatnonzero((few > 0) & (few < SMALLEST)).tolist():
                    found.add(frozenset(np.array(people_of)[touched[row]].tolist()))
        return [set(one) for one in found]


SEEDS = (1, 7, 35)


def attacker(db: Database, seed: int) -> Attacker:
    facts = dice_of(seed)
    return Attacker(stored(db, facts), facts, set())


@pytest.mark.parametrize("seed", SEEDS)
def test_totals_of_teams_and_of_filters_on_them_give_nobody_away(db: Database, seed: int) -> None:
    thief = attacker(db, seed)
    thief.ask(grain="total")
    thief.ask(("team",), grain="total")
    for teams in some_of([*TREE, OPEN_TEAM]):
        thief.ask(grain="total", team=teams)
    assert thief.isolated() == []


@pytest.mark.parametrize("seed", [1, 3, 7])
def test_neither_do_weeks(sqlite_db: Database, seed: int) -> None:
    thief = attacker(sqlite_db, seed)
    thief.ask()
    thief.ask(("team",))
    for teams in some_of([*TREE, OPEN_TEAM]):
        thief.ask(team=teams)
    assert thief.isolated(answers=2) == []


@pytest.mark.parametrize("seed", [0, *SEEDS])
def test_neither_do_filters_on_a_project_as_well(sqlite_db: Database, seed: int) -> None:
    thief = attacker(sqlite_db, seed)
    thief.ask(("team",), grain="total", project=("shop",))
    for teams in some_of([*TREE, OPEN_TEAM]):
        thief.ask(grain="total", team=teams)
        thief.ask(grain="total", team=teams, project=("shop",))
    assert thief.isolated() == []


def test_the_attack_would_succeed_against_a_service_that_hides_small_groups_alone(sqlite_db: Database) -> None:
    thief = attacker(sqlite_db, 7)
    shown = [{fact.key for fact in thief.facts if fact.team in teams} for teams in some_of(["blue", "red"])]
    thief.known = {tuple(int(fact.key in keys) for fact in thief.facts) for keys in shown}
    assert thief.isolated()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_facts_behind_and_the_samples_are_hidden_with_the_number(sqlite_db: Database, seed: int) -> None:
    thief = attacker(sqlite_db, seed)
    hidden = 0
    for teams in some_of([*TREE, OPEN_TEAM]):
        query = MetricQuery(
            metric="throughput", start=MONDAY, end=MONDAY + timedelta(days=14), tz="UTC", grain="total",
            filters={"team": teams},
        )  # fmt: skip
        (series,) = answer(thief.reader, SETTINGS, query)["series"]
        page, drawn = behind(thief.reader, SETTINGS, query), samples(thief.reader, SETTINGS, query)
        assert drawn is not None
        values = drawn.of({})
        is_hidden = "suppressed" in series["total"]
        assert (page.get("suppressed", False), values.hidden) == (is_hidden, is_hidden)
        hidden += is_hidden
    assert hidden


def test_a_project_that_was_hidden_with_a_small_one_cannot_be_asked_for_alone(private_site: Site) -> None:
    for project, size in (("small", 2), ("second", 6), ("large", 9)):
        private_site.put(
            *(Fact(f"{project}{number}", f"{project} {number}", "", project, 1).item() for number in range(size))
        )
    shown = {
        projects: "suppressed" not in private_site.total("throughput", grain="total", filters={"project": projects})
        for projects in some_of(("small", "second", "large"))
    }
    assert {projects for projects, is_shown in shown.items() if is_shown} == {
        ("large",), ("small", "second"), ("small", "second", "large"),
    }  # fmt: skip


def test_a_window_to_compare_with_hides_what_its_own_question_hides(private_site: Site) -> None:
    for project, size in (("small", 2), ("second", 6), ("large", 9)):
        private_site.put(
            *(Fact(f"{project}{number}", f"{project} {number}", "", project, 1).item() for number in range(size))
        )
    later = (MONDAY + timedelta(days=7), MONDAY + timedelta(days=14))
    (series,) = private_site.answer(
        "throughput", start=later[0], end=later[1], compare="previous", filters={"project": ("second",)}
    )["series"]
    assert series["previous"] == {"suppressed": True}
