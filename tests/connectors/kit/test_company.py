"""What the organisation knows of itself beside its work: a directory, answers, meetings, events. Pinned as stories."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean

import pytest

from connectors.kit.organisation import Organisation, generate, instant, milliseconds
from connectors.kit.organisation.directory import accounts, departments, people, reorganisation, team_of
from connectors.kit.organisation.events import events
from connectors.kit.organisation.meetings import days
from connectors.kit.organisation.surveys import TOOLS, answers
from connectors.kit.records import SurveyResponse

END = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NOW = milliseconds(END)
LATER = milliseconds(END + timedelta(days=25))


@pytest.fixture(scope="module")
def company() -> Organisation:
    return generate(seed=7, end=END, items=0, people=80)


def test_the_people_are_the_same_however_much_work_there_is(company: Organisation) -> None:
    busy = generate(seed=7, end=END, items=80, people=80)
    assert people(busy, LATER) == people(company, LATER)
    assert answers(busy, LATER, language="en") == answers(company, LATER, language="en")
    assert events(busy, LATER) == events(company, LATER)


def test_the_directory_has_everybody_with_one_team_at_a_time(company: Organisation) -> None:
    stays = defaultdict(list)
    for person in people(company, NOW):
        stays[person.email].append(person)
    names = {team.name for team in company.teams}
    for account in company.accounts.values():
        if account.kind != "human" or account.joined > NOW:
            assert account.email not in stays
            continue
        mine = stays[account.email]
        assert {one.team for one in mine} <= names
        assert mine[0].valid_from == instant(account.joined)
        assert mine[-1].valid_to == (instant(account.left) if account.left and account.left <= NOW else None)
        assert all(one.valid_to == two.valid_from for one, two in pairwise(mine))
        for at in (account.joined, reorganisation(company).at - 1, NOW):
            team = team_of(company, account, at)
            held = [one.team for one in mine if _holds(one.valid_from, one.valid_to, instant(at))]
            assert held == ([] if team is None else [team.name])
    assert {one.external_id for one in accounts(company, NOW)} == {
        key for key, one in company.accounts.items() if one.kind == "human" and one.joined <= NOW
    }


def _holds(begin: object, end: object, at: datetime) -> bool:
    assert isinstance(begin, datetime)
    assert end is None or isinstance(end, datetime)
    return begin <= at and (end is None or at < end)


def test_every_team_is_in_one_department(company: Organisation) -> None:
    found = departments(company)
    assert sorted((team for teams in found.values() for team in teams), key=lambda team: int(team.id[1:])) == [
        *company.teams
    ]
    assert len(found) == 2
    assert not set(found) & {team.name for team in company.teams}


def test_a_team_is_made_of_a_part_of_another(company: Organisation) -> None:
    moved = reorganisation(company)
    before, after = moved.at - 1, moved.at
    sizes = {
        at: Counter(team.name for one in company.accounts.values() if (team := team_of(company, one, at)))
        for at in (before, after)
    }
    assert sizes[before][moved.team.name] == 0
    assert sizes[after][moved.team.name] >= 5
    assert sizes[before][moved.former.name] == sizes[after][moved.former.name] + sizes[after][moved.team.name]


@pytest.mark.parametrize("number", [4, 12, 30])
def test_a_small_company_is_reorganised_too(number: int) -> None:
    small = generate(seed=1, end=END, items=0, people=number, projects=2, months=3)
    moved = reorganisation(small)
    assert moved.team in small.teams
    assert moved.former in small.teams
    assert moved.team != moved.former


def satisfied(found: list[SurveyResponse], tool: str | None, since: datetime, until: datetime) -> float:
    scores = [
        one.score for one in found if one.kind == "csat" and one.tool == tool and since <= one.at < until
    ]  # fmt: skip
    assert len(scores) > 30
    return fmean(score >= 4 for score in scores)


def test_opinions_differ_by_tool_and_drift(company: Organisation) -> None:
    found = answers(company, NOW, language="fr")
    year = timedelta(days=365)
    then = {tool: satisfied(found, tool, END - year, END - year / 2) for tool in TOOLS}
    today = {tool: satisfied(found, tool, END - year / 4, END) for tool in TOOLS}
    assert today["jira"] < then["jira"] - 0.2
    assert today["mixpanel"] > then["mixpanel"] + 0.2
    assert abs(today["slack"] - then["slack"]) < 0.1
    assert today["asana"] < min(today[tool] for tool in TOOLS if tool != "asana")


def test_nobody_feels_informed_after_a_reorganisation(company: Organisation) -> None:
    moved = instant(reorganisation(company).at)
    found = answers(company, LATER, language="fr")
    month = timedelta(days=35)
    assert satisfied(found, None, moved, moved + month) < satisfied(found, None, moved - month, moved) - 0.2


def test_what_was_answered_stays_and_only_words_follow_the_language(company: Organisation) -> None:
    early, late = answers(company, NOW, language="fr"), answers(company, LATER, language="fr")
    assert early == [one for one in late if one.at <= END]
    assert len({one.external_id for one in late}) == len(late) > len(early)
    assert all(one.scale_min <= one.score <= one.scale_max for one in late)
    english = answers(company, NOW, language="en")
    assert [(one.external_id, one.score, one.at) for one in english] == [
        (one.external_id, one.score, one.at) for one in early
    ]
    assert not {one.question for one in english} & {one.question for one in early}


def test_meetings_fill_working_days_and_more_of_them_around_the_reorganisation(company: Organisation) -> None:
    found = days(company, NOW)
    assert {one.day.weekday() for one in found} == {0, 1, 2, 3, 4}
    assert max(one.day for one in found) < END.date()
    assert all(0 < one.seconds <= 7 * 3600 and one.meetings > 0 for one in found)
    moved = instant(reorganisation(company).at).date()
    near = [one.seconds for one in found if abs(one.day - moved) < timedelta(days=12)]
    far = [one.seconds for one in found if abs(one.day - moved) > timedelta(days=16)]
    assert fmean(near) > 1.3 * fmean(far)
    assert [one for one in days(company, LATER) if one.day < END.date()] == found


def test_events_are_told_in_both_languages_once_they_happened(company: Organisation) -> None:
    found = events(company, NOW)
    assert all(event.at <= NOW for event in found)
    assert [event.at for event in found if "reorganisation" in event.tags] == [reorganisation(company).at]
    assert sum("launch" in event.tags for event in found) >= 3
    assert all(set(event.title) == set(event.text) == {"fr", "en"} for event in found)
