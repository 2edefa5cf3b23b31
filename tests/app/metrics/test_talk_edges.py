"""Communication, case by case: who counts as whom, what is not known, what is behind a number and what is not shown."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.core.errors import InvalidError
from app.facts import channels
from app.models.people import team_member
from app.models.source import source
from connectors.kit.records import Channel, Conversation, ItemType, Mark, MeetingDay, Record, SurveyResponse
from connectors.slack.config import SlackConfig
from tests.support import people, talk
from tests.support.metric_site import WEEK, Site
from tests.support.rows import NOW, history

MONDAY = datetime(2026, 8, 3, 9, tzinfo=UTC)
DAY = MONDAY.date()
PEOPLE = ("ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal", "ivy", "joe")
NAMES = ("response_time", "cross_team_share", "conflicts_resolved", "tool_satisfaction", "communication_satisfaction",
         "meeting_share")  # fmt: skip


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def staffed(site: Site) -> Site:
    """Ten people, the first five in one team and the others in a second, all of them in a channel; and a bot."""
    for team in ("red", "blue"):
        people.add_team(site.store.db, team)
    for place, name in enumerate(PEOPLE):
        site.store.account(site.source_id, name)
        stays = [("red" if place < 5 else "blue", people.ALWAYS, None)]
        people.add_person(site.store.db, name, [(site.source_id, name)], stays)
    site.store.account(site.source_id, "bot", "bot")
    put(site, Channel(external_id="all", name="Everybody", members=PEOPLE))
    return site


@pytest.fixture
def company(sqlite_site: Site) -> Site:
    return staffed(sqlite_site)


@pytest.fixture
def private(private_site: Site) -> Site:
    return staffed(private_site)


def put(site: Site, *records: Record, now: datetime = NOW) -> None:
    talk.write(site.store.db, site.source_id, records, now)


def thread(
    key: str, by: str | None = "ann", reply: tuple[float, str | None] | None = None, **more: Any
) -> Conversation:
    """A thread of Monday morning, with an answer after so many hours."""
    more = {"started_at": MONDAY, "channel": "all", **more}
    if reply is not None:
        more |= {"first_reply_at": more["started_at"] + hours(reply[0]), "first_reply_by": reply[1]}
    return Conversation(external_id=key, started_by=by, **more)


def mark(name: str, after: float | None = None) -> Mark:
    return Mark(name=name, by="bob", at=None if after is None else MONDAY + hours(after))


def answered(key: str, score: float, account: str | None = "ann", **more: Any) -> SurveyResponse:
    more = {"scale_min": 1, "scale_max": 5, "topic": "tool", "at": MONDAY, **more}
    return SurveyResponse(external_id=key, survey="s", score=score, account=account, **more)


def meetings(names: Iterable[str], day: date = DAY, seconds: int = 3_240) -> list[MeetingDay]:
    return [MeetingDay(account=name, day=day, meetings=1, seconds=seconds) for name in names]


# Response time.


def test_a_machine_that_replies_first_is_no_answer(company: Site) -> None:
    put(company, thread("a", reply=(1, "bot")), thread("b", reply=(2, "bob")))
    total = company.total("response_time")
    assert (total["n"], total["unanswered"]) == (2, 1)


def test_whoever_talks_to_oneself_gets_no_answer(company: Site) -> None:
    put(company, thread("a", reply=(1, "ann")))
    assert company.total("response_time")["unanswered"] == 1


def test_an_answer_of_which_nobody_knows_when_is_left_out(company: Site) -> None:
    put(company, thread("a", reply=(1, "bot"), participants=("ann", "bob")), thread("b", reply=(2, "bob")))
    answer = company.answer("response_time")
    assert answer["excluded"]["unknown_reply"] == 1
    assert answer["series"][0]["total"]["n"] == 1


def test_threads_of_machines_and_of_nobody_are_no_questions(company: Site) -> None:
    put(company, thread("a", "bot", reply=(1, "bob")), thread("b", None, reply=(1, "bob")))
    answer = company.answer("response_time")
    assert answer["series"][0]["total"]["n"] == 0
    assert answer["excluded"]["unknown_starter"] == 1


def test_a_channel_of_one_team_asks_nobody_else(company: Site) -> None:
    put(company, Channel(external_id="red", members=PEOPLE[:5]), thread("a", channel="red", reply=(1, "bob")))
    assert company.total("response_time")["n"] == 0


def test_a_channel_that_was_never_listed_is_left_out_and_counted(company: Site) -> None:
    put(company, thread("a", channel="gone", reply=(1, "bob")))
    answer = company.answer("response_time")
    assert answer["series"][0]["total"]["n"] == 0
    assert answer["excluded"]["unknown_channel"] == 1


def test_a_channel_without_a_known_member_has_no_team(sqlite_site: Site) -> None:
    sqlite_site.store.account(sqlite_site.source_id, "ann")
    put(sqlite_site, thread("a", reply=(1, "bob")))
    assert sqlite_site.total("response_time")["n"] == 0
    put(sqlite_site, Channel(external_id="all", members=()), Channel(external_id="none", members=("ann", "ghost")))
    answer = sqlite_site.answer("response_time")
    assert answer["series"][0]["total"]["n"] == 0
    assert answer["excluded"]["unknown_channel"] == 0


def test_a_reorganisation_counts_from_its_day(company: Site) -> None:
    """Ann and Bob are alone in a channel, and of two teams from Tuesday on."""
    tuesday = MONDAY + timedelta(days=1)
    with company.store.db.write() as connection:
        connection.execute(team_member.delete())
    for name, stays in {"a2": [("red", people.ALWAYS, None)],
                        "b2": [("red", people.ALWAYS, tuesday), ("blue", tuesday, None)]}.items():  # fmt: skip
        company.store.account(company.source_id, name)
        people.add_person(company.store.db, f"{name}!", [(company.source_id, name)], stays)
    put(company, Channel(external_id="two", members=("a2", "b2")),
        *(thread(f"t{place}", "a2", channel="two", started_at=at, reply=(1, "b2"))
          for place, at in enumerate((MONDAY, tuesday - timedelta(microseconds=1), tuesday))))  # fmt: skip
    assert company.total("response_time")["n"] == 1
    assert company.total("cross_team_share")["numerator"] == 1


def test_an_unanswered_thread_is_longer_than_the_longest(company: Site) -> None:
    put(company, *(thread(f"t{number}", reply=(number, "bob")) for number in (1, 2, 3)), thread("never"))
    answer = company.answer("response_time")
    total = answer["series"][0]["total"]
    assert total == {"n": 4, "p50": 2.5 * 3_600, "p75": None, "p85": None, "p95": None, "unanswered": 1}
    assert answer["flagged"]["unanswered"] == 1


def test_a_thread_of_this_week_may_still_be_answered(company: Site) -> None:
    put(company, thread("a", reply=(1, "bob")), thread("b"), now=MONDAY + timedelta(days=7))
    answer = company.answer("response_time")
    total = answer["series"][0]["total"]
    assert (total["n"], total["unanswered"], total["p95"]) == (1, 1, 3_600)
    assert answer["excluded"]["not_yet_answered"] == 1
    put(company, thread("c", reply=(1, "bob")), now=MONDAY + timedelta(days=7, microseconds=1))
    assert company.total("response_time")["n"] == 3


def test_a_reply_before_its_question_is_left_out(company: Site) -> None:
    put(company, thread("a", reply=(-1, "bob")))
    answer = company.answer("response_time")
    assert answer["series"][0]["total"]["n"] == 0
    assert answer["excluded"]["negative"] == 1


def test_a_night_is_no_waiting_on_the_working_clock(company: Site) -> None:
    put(company, thread("a", started_at=datetime(2026, 8, 3, 15, 30, tzinfo=UTC), reply=(16, "bob")))
    assert company.total("response_time")["p50"] == 16 * 3_600
    # From 17:30 to 18:00 and from 09:00 to 09:30 in Paris.
    assert company.total("response_time", clock="working")["p50"] == 3_600


def test_the_name_of_a_private_channel_is_not_shown(company: Site) -> None:
    put(company, Channel(external_id="p", name="Redundancies", private=True, members=PEOPLE),
        thread("a", channel="p", reply=(1, "bob")))  # fmt: skip
    answer = company.answer("response_time", group_by=("channel",))
    assert [series["group"]["channel"]["name"] for series in answer["series"]] == ["p"]
    assert "Redundancies" not in str(answer) + str(company.behind("response_time"))
    assert company.total("response_time", filters={"channel": ("p",)})["n"] == 1
    assert company.total("response_time", filters={"channel": ("Redundancies",)})["n"] == 0


# Cross-team share.


def test_who_has_no_team_makes_none(company: Site) -> None:
    company.store.account(company.source_id, "new")
    put(company, thread("a", participants=("new",)), thread("b", participants=("joe",)), thread("c"))
    answer = company.answer("cross_team_share")
    assert answer["series"][0]["total"] == {"n": 2, "value": 0.5, "numerator": 1, "denominator": 2}
    assert answer["flagged"] == {"unassigned": 1}


def test_machines_and_second_accounts_of_one_human_are_nobody_else(company: Site) -> None:
    company.store.account(company.source_id, "ann2")
    people.add_person(company.store.db, "anna", [(company.source_id, "ann2"), (company.source_id, "ann")])
    put(company, thread("a", participants=("bot", "ann2")))
    assert company.total("cross_team_share")["n"] == 0


# Conflicts.


def test_a_conflict_is_resolved_when_it_is_marked_so(company: Site) -> None:
    put(company, thread("a", marks=(mark("warning", 1), mark("rotating_light", 2), mark("white_check_mark", 7))),
        thread("b", marks=(mark("warning", 1),)), thread("c", marks=(mark("white_check_mark", 7),)))  # fmt: skip
    total = company.total("conflicts_resolved")
    assert (total["value"], total["open"], total["p50"]) == (1, 1, 6 * 3_600)


def test_a_conflict_among_items_is_resolved_by_done_and_not_by_giving_it_up(company: Site) -> None:
    kind = ItemType(external_id="quarrel", name="Quarrel", kind="conflict")
    put(company, kind)
    company.put(
        history("a", MONDAY, "todo", (MONDAY + hours(5), "done"), item_type="quarrel"),
        history("b", MONDAY, "todo", (MONDAY + hours(5), "discarded"), item_type="quarrel"),
        history("c", MONDAY, "todo", (MONDAY + hours(5), "done"), (MONDAY + hours(9), "todo"), item_type="quarrel"),
        history("d", MONDAY, "todo", (MONDAY + hours(5), "done"), item_type="story"),
    )
    total = company.total("conflicts_resolved")
    assert (total["value"], total["open"], total["p50"]) == (1, 1, 5 * 3_600)
    (entry,) = company.behind("conflicts_resolved")["items"]
    assert entry["item"]["external_id"] == "a"


def test_a_mark_without_an_instant_counts_from_when_it_was_first_seen(company: Site) -> None:
    put(company, thread("a", marks=(mark("warning"),)), now=MONDAY + hours(2))
    put(company, thread("a", marks=(mark("warning"), mark("resolved"))), now=MONDAY + hours(8))
    answer = company.answer("conflicts_resolved")
    assert answer["series"][0]["total"]["p50"] == 6 * 3_600
    assert answer["flagged"] == {"upper_bound": 1}


def test_a_resolving_mark_before_the_conflict_takes_no_time(company: Site) -> None:
    put(company, thread("a", marks=(mark("warning", 5), mark("resolved", 1))))
    answer = company.answer("conflicts_resolved")
    assert answer["excluded"] == {"negative": 1}
    assert (answer["series"][0]["total"]["value"], answer["series"][0]["total"]["p50"]) == (1, None)


def test_what_marks_mean_is_the_source_s_choice_at_once(company: Site) -> None:
    put(company, thread("a", marks=(mark("fire", 1), mark("warning", 2))))
    with company.store.db.write() as connection:
        connection.execute(update(source).values(config={"conflict_marks": ["fire"], "resolved_marks": ["warning"]}))
    put(company, answered("x", 3))
    total = company.total("conflicts_resolved")
    assert (total["value"], total["p50"]) == (1, 3_600)


def test_the_usual_marks_are_those_that_the_connector_offers() -> None:
    assert set(SlackConfig().conflict_marks) <= set(channels.CONFLICT_MARKS)
    assert set(SlackConfig().resolved_marks) <= set(channels.RESOLVED_MARKS)


def test_a_group_that_is_new_had_no_conflict_before(company: Site) -> None:
    put(company, thread("a", marks=(mark("warning", 1), mark("resolved", 2))))
    answer = company.answer("conflicts_resolved", group_by=("team",), compare="previous")
    (red,) = [series for series in answer["series"] if series["group"]["team"]["name"] == "red"]
    assert (red["previous"]["value"], red["previous"]["open"], red["previous"]["p50"]) == (0, 0, None)


# Satisfaction.


def test_four_of_five_is_three_quarters_of_any_scale_and_nothing_is_rounded(company: Site) -> None:
    put(company, answered("a", 7.5, scale_min=0, scale_max=10), answered("b", 7.49, scale_min=0, scale_max=10),
        answered("c", 5.5, scale_max=7), answered("d", 3.99))  # fmt: skip
    assert company.total("tool_satisfaction")["value"] == 50


def test_promoters_less_detractors(company: Site) -> None:
    scores = (10, 9, 8, 7, 6, 0, 9)
    put(company, *(answered(str(place), score, scale_min=0, scale_max=10) for place, score in enumerate(scores)),
        answered("x", 1))  # fmt: skip
    total = company.total("tool_satisfaction")
    assert total["nps"] == pytest.approx(100 / 7)
    assert (total["responses"], total["response_rate"]) == (8, None)


def test_an_answer_outside_its_scale_is_left_out(company: Site) -> None:
    put(company, answered("a", 6), answered("b", 3, scale_min=5), answered("c", 5))
    answer = company.answer("tool_satisfaction")
    assert answer["series"][0]["total"]["n"] == 1
    assert answer["excluded"] == {"outside_scale": 2}


def test_the_team_that_an_answer_names_stands_above_the_person_s(company: Site) -> None:
    put(company, answered("a", 5, team="BLUE"), answered("b", 5, team="unheard of"), answered("c", 5, None))
    answer = company.answer("tool_satisfaction", group_by=("team",))
    shown = {series["group"]["team"]["name"]: series["total"]["n"] for series in answer["series"]}
    assert shown == {"blue": 1, "red": 1, "unassigned": 1}
    assert company.total("tool_satisfaction", filters={"team": ("blue",)})["n"] == 1


def test_satisfaction_is_with_the_tool_that_the_answer_names(company: Site) -> None:
    put(company, answered("a", 5, tool="figma"), answered("b", 1, tool="miro"), answered("c", 5),
        answered("d", 5, topic="communication"))  # fmt: skip
    answer = company.answer("tool_satisfaction", group_by=("tool",))
    assert {one["group"]["tool"]["id"]: one["total"]["value"] for one in answer["series"]} == {
        "figma": 100, "miro": 0, None: 100,
    }  # fmt: skip
    assert company.total("tool_satisfaction", filters={"tool": ("miro",)})["n"] == 1
    assert company.answer("tool_satisfaction", filters={"tool": ("miro",)})["freshness"] != []


def test_an_answer_that_names_a_tool_and_no_topic_is_about_the_tool(company: Site) -> None:
    put(company, answered("a", 5, topic=None, tool="figma"), answered("b", 5, topic=None),
        answered("c", 5, topic="data", tool="figma"))  # fmt: skip
    assert company.total("tool_satisfaction")["n"] == 1


# Meetings.


def test_a_tenth_of_a_week_in_meetings(company: Site) -> None:
    put(company, *meetings(("ann", "bob"), seconds=16_200))
    total = company.total("meeting_share")
    assert total["value"] == 0.1
    assert (total["numerator"], total["denominator"]) == (32_400, 2 * 5 * 9 * 3_600)


def test_a_holiday_is_no_working_time(company: Site) -> None:
    put(company, *meetings(["ann"], date(2026, 7, 14)))
    window = {"start": datetime(2026, 7, 12, 22, tzinfo=UTC), "end": datetime(2026, 7, 19, 22, tzinfo=UTC)}
    assert company.total("meeting_share", tz="Europe/Paris", **window)["denominator"] == 4 * 9 * 3_600


def test_a_running_day_has_the_working_time_that_is_over(company: Site) -> None:
    put(company, *meetings(["ann"]), now=datetime(2026, 8, 3, 9, tzinfo=UTC))
    assert company.total("meeting_share")["denominator"] == 2 * 3_600


def test_two_calendars_of_one_human_are_one_working_day(company: Site) -> None:
    other = company.store.source("calendar", "google")
    company.store.account(other, "a@x")
    people.add_person(company.store.db, "annie", [(other, "a@x"), (company.source_id, "ann")])
    put(company, *meetings(["ann"]))
    talk.write(company.store.db, other, meetings(["a@x"]), NOW)
    assert company.total("meeting_share")["denominator"] == 45 * 3_600
    series = company.answer("meeting_share", group_by=("tool",))["series"]
    assert {one["group"]["tool"]["id"]: one["total"]["denominator"] for one in series} == {
        "jira": 45 * 3_600, "google": 45 * 3_600,
    }  # fmt: skip


def test_a_machine_s_meetings_are_nobody_s(company: Site) -> None:
    put(company, *meetings(["bot"]))
    assert company.total("meeting_share")["n"] == 0


# All of them.


@pytest.mark.parametrize("metric", NAMES)
def test_nothing_there_is_said_to_be_nothing(company: Site, metric: str) -> None:
    answer = company.answer(metric)
    total = answer["series"][0]["total"]
    assert total["n"] == 0
    assert total.get("value") == (0 if metric == "conflicts_resolved" else None)
    assert answer["reason"] == "no_data"


@pytest.mark.parametrize("metric", NAMES)
def test_a_dimension_that_it_does_not_have_is_refused(company: Site, metric: str) -> None:
    with pytest.raises(InvalidError, match="Choose from"):
        company.answer(metric, group_by=("status",))


def crowd(names: Iterable[str]) -> list[Record]:
    """Something of each metric by each of these people."""
    records: list[Record] = []
    for name in names:
        records += [
            thread(f"t-{name}", name, (1, name), participants=(name,), marks=(mark("warning", 1), mark("resolved", 2))),
            answered(f"a-{name}", 5, name, scale_min=0, scale_max=10),
            answered(f"c-{name}", 5, name, topic="communication"),
            *meetings([name]),
        ]
    return records


@pytest.mark.parametrize("metric", NAMES)
def test_a_small_team_is_suppressed_and_cannot_be_had_by_subtraction(private: Site, metric: str) -> None:
    if metric == "cross_team_share":
        put(private, *(thread(f"r{name}", "ann", participants=PEOPLE[:5]) for name in "ab"),
            thread("b", "joe", participants=("ivy",)))  # fmt: skip
    else:
        put(private, *crowd(PEOPLE[:5]), *crowd(("joe", "ivy")))
    series = private.answer(metric, group_by=("team",))["series"]
    shown = {one["group"]["team"]["name"]: one["total"] for one in series}
    assert shown["blue"] == shown["red"] == {"suppressed": True}
    assert private.total(metric)["n"] > 0
    hidden = private.behind(metric, group_by=("team",), group={"team": "blue"})
    assert hidden == {"items": [], "next": None, "suppressed": True}


def test_a_score_of_promoters_by_few_is_not_shown_within_a_number_by_many(private: Site) -> None:
    put(private, *(answered(name, 5, name) for name in PEOPLE), answered("x", 10, scale_min=0, scale_max=10))
    total = private.total("tool_satisfaction")
    assert (total["n"], total["nps"]) == (11, None)


def test_a_day_of_meetings_of_few_is_not_listed(private: Site) -> None:
    put(private, *meetings(PEOPLE[:6], date(2026, 8, 6)), *meetings(["joe"], date(2026, 7, 8)))
    entries = private.behind("meeting_share", start=WEEK[0], end=WEEK[1])["items"]
    assert [entry["day"] for entry in entries if "suppressed" in entry] == []
    early = private.behind("meeting_share", start=datetime(2026, 7, 6, tzinfo=UTC), end=WEEK[1])["items"]
    hidden = [entry["day"] for entry in early if "suppressed" in entry]
    assert hidden == ["2026-07-06", "2026-07-07", "2026-07-08", "2026-07-09"]
