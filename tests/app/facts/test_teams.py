"""In which team somebody was at an instant, against a look through all of their memberships."""

import random

import numpy as np
import pytest

from app.facts.teams import Teams, teams_of

PLACES = {"red": 0, "blue": 1, "green": 2}
UNASSIGNED = len(PLACES)
PEOPLE, DAYS = 6, 40

Stay = tuple[int, str, int, int | None]


def memberships(dice: random.Random) -> list[Stay]:
    """Stays with gaps between them, some of them open; the last human never was in a team."""
    found: list[Stay] = []
    for person in range(PEOPLE - 1):
        days = sorted(dice.sample(range(DAYS), 2 * dice.randint(0, 3)))
        for since, until in zip(days[::2], days[1::2], strict=True):
            found.append((person, dice.choice(list(PLACES)), since, None if until == days[-1] else until))
    return found


def slowly(stays: list[Stay], person: int, instant: int) -> int:
    for who, team, since, until in stays:
        if who == person and since <= instant and (until is None or instant < until):
            return PLACES[team]
    return UNASSIGNED


def made(stays: list[Stay]) -> Teams:
    return teams_of(stays, {person: person for person in range(PEOPLE)}, PEOPLE, PLACES)


@pytest.mark.parametrize("facts", [3, 200])
@pytest.mark.parametrize("seed", range(10))
def test_the_team_of_each_fact_is_that_of_its_instant(seed: int, facts: int) -> None:
    dice = random.Random(seed)
    stays = memberships(dice)
    first = dice.randrange(DAYS)
    asked = [(dice.randrange(-1, PEOPLE), dice.randrange(first, DAYS)) for _ in range(facts)]
    person, instant = (np.array(column) for column in zip(*asked, strict=True))
    assert made(stays).at(person, instant).tolist() == [slowly(stays, *one) for one in asked]


@pytest.mark.parametrize("facts", [3, 200])
def test_all_facts_may_be_of_one_instant(facts: int) -> None:
    dice = random.Random(facts)
    stays = memberships(dice)
    person = np.array([dice.randrange(-1, PEOPLE) for _ in range(facts)])
    assert made(stays).at(person, np.array(20)).tolist() == [slowly(stays, one, 20) for one in person.tolist()]
