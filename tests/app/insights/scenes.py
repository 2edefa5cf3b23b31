"""For each rule of recommendations a state of affairs in which it holds, and one beside it in which it does not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connectors.kit.records import Channel, Conversation, ItemType, MeetingDay, Record, SurveyResponse
from tests.support import people, talk
from tests.support.metric_site import Site
from tests.support.rows import NOW, Item, Move, history
from tests.support.usage import UsageStore

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = NOW.replace(hour=0, minute=0, second=0)
START, END = TODAY - 30 * DAY, TODAY
BEFORE = TODAY - 45 * DAY
PEOPLE = ("ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal", "ivy", "joe")


@dataclass(frozen=True)
class Scene:
    """What is put into the store. `window` is what the rule looks at."""

    holds: Callable[[Site], None]
    does_not: Callable[[Site], None]
    window: tuple[datetime, datetime] = (START, END)


def staffed(site: Site) -> None:
    """Ten people, half of them in each of two teams, and all in one channel."""
    for team in ("red", "blue"):
        people.add_team(site.store.db, team)
    for place, name in enumerate(PEOPLE):
        site.store.account(site.source_id, name)
        stays = [("red" if place < 5 else "blue", people.ALWAYS, None)]
        people.add_person(site.store.db, name, [(site.source_id, name)], stays)
    put(site, Channel(external_id="all", name="Everybody", members=PEOPLE))


def put(site: Site, *records: Record) -> None:
    talk.write(site.store.db, site.source_id, records, NOW)


def done(count: int, *, active: float = 24, waits: float = 0, end: datetime = END - 5 * DAY, key: str = "d",
         **more: Any) -> list[Item]:  # fmt: skip
    """Items that were worked on and then waited for so many hours, and were finished."""
    made = []
    for number in range(count):
        finish = end - number * HOUR
        review = finish - waits * HOUR
        begin = review - active * HOUR
        steps = [(begin, "active"), *([(review, "review")] if waits else []), (finish, "done")]
        made.append(history(f"{key}{number}", begin - HOUR, "todo", *steps, **more))
    return made


def reopened(count: int, end: datetime = END - 5 * DAY, key: str = "r") -> list[Item]:
    return [
        history(
            f"{key}{number}", end - 30 * HOUR, "active", (end - 20 * HOUR, "done"), (end - 10 * HOUR, "active"),
            (end - number * timedelta(minutes=1), "done"),
        )
        for number in range(count)
    ]  # fmt: skip


def standing(count: int, status: str, since: datetime, key: str = "s") -> list[Item]:
    """Items that were started then, and went on to a status an hour later."""
    moves = [] if status == "active" else [(since + HOUR, status)]
    return [history(f"{key}{number}", since, "active", *moves) for number in range(count)]


def moved_by(actor: str) -> Callable[[Site], None]:
    def fill(site: Site) -> None:
        site.store.account(site.source_id, "robot", "bot")
        site.store.account(site.source_id, "somebody", "human")
        items = done(40, waits=2)
        for item in items:
            item.moves = [Move(move.at, move.left, move.entered, move.key, actor) for move in item.moves]
        site.put(*items)

    return fill


def items(*some: list[Item]) -> Callable[[Site], None]:
    return lambda site: site.put(*(item for one in some for item in one))


def used(lately: int, every: int = 1, since: date = date(2026, 7, 3)) -> Callable[[Site], None]:
    """Twelve seats of a tool: all their holders use it every so many days, and so many of them after that day."""

    def fill(site: Site) -> None:
        store = UsageStore(site.store.db)
        source_id = store.source("figma")
        names = [f"user {number}" for number in range(12)]
        for name in names:
            store.account(source_id, name)
        store.seats(source_id, [(name, "design", people.ALWAYS, None) for name in names])
        days = [date(2026, 6, 1) + number * DAY for number in range(0, 92, every)]
        store.use(
            source_id, {(name, "open", day): 1 for day in days for name in names[: lately if day > since else 12]}
        )

    return fill


def rated(topic: str, score: float) -> Callable[[Site], None]:
    def fill(site: Site) -> None:
        staffed(site)
        answers = [
            SurveyResponse(
                external_id=f"a{place}", survey="pulse", topic=topic, tool="figma", scale_min=1, scale_max=5,
                score=score, account=name, at=END - 5 * DAY,
            )
            for place, name in enumerate(PEOPLE)
        ]  # fmt: skip
        put(site, *answers)

    return fill


def answered(after: float | None, answered_too: int = 0) -> Callable[[Site], None]:
    """Twenty threads of one team, answered by the other one after so many hours; the first ones in any case."""

    def fill(site: Site) -> None:
        staffed(site)
        threads = []
        for number in range(20):
            at = END - 12 * DAY - number * HOUR
            wait = 1 if number < answered_too else after
            threads.append(
                Conversation(
                    external_id=f"t{number}", channel="all", started_at=at, started_by="ann",
                    first_reply_at=None if wait is None else at + wait * HOUR,
                    first_reply_by=None if wait is None else "joe",
                    participants=("ann",) if wait is None else ("ann", "joe"),
                )
            )  # fmt: skip
        put(site, *threads)

    return fill


def quarrels(status: str) -> Callable[[Site], None]:
    def fill(site: Site) -> None:
        put(site, ItemType(external_id="quarrel", name="Quarrel", kind="conflict"))
        begin = END - 10 * DAY
        site.put(*(history(f"q{n}", begin, "todo", (begin + DAY, status), item_type="quarrel") for n in range(4)))

    return fill


def meetings(hours: float) -> Callable[[Site], None]:
    def fill(site: Site) -> None:
        staffed(site)
        days = [date(2026, 8, 3) + number * DAY for number in range(5)]
        put(site, *(MeetingDay(account=name, day=day, meetings=2, seconds=int(hours * 3600))
                    for name in PEOPLE for day in days))  # fmt: skip

    return fill


def complete(until: datetime) -> Callable[[Site], None]:
    def fill(site: Site) -> None:
        site.put(*done(1))
        for stream in ("work_items", "transitions"):
            site.store.complete_until(site.source_id, until, stream)

    return fill


def known(site: Site) -> None:
    """Everything that data coverage asks for."""
    staffed(site)
    site.put(*done(20, assignee="ann"))
    for stream in ("work_items", "transitions"):
        site.store.complete_until(site.source_id, NOW, stream)


SCENES = {
    "aging_work": Scene(
        items(done(20), standing(8, "active", TODAY - 20 * DAY)), items(done(20), standing(8, "active", NOW - HOUR))
    ),
    "growing_bottleneck": Scene(
        items(done(10, waits=48), standing(6, "review", END - 5 * DAY)),
        items(done(10, waits=48), standing(3, "review", END - 5 * DAY)),
    ),
    "more_comes_than_goes": Scene(
        items(done(20), standing(20, "active", END - 3 * DAY)), items(done(20), standing(2, "active", END - 3 * DAY))
    ),
    "too_much_in_progress": Scene(
        items(done(20), standing(25, "active", BEFORE)), items(done(20), standing(15, "active", BEFORE))
    ),
    "low_flow_efficiency": Scene(items(done(20, active=1, waits=20)), items(done(20, active=20, waits=1))),
    "reopened_work": Scene(items(done(20), reopened(5)), items(done(20), reopened(2))),
    "reopening_more_often": Scene(
        items(done(40, end=BEFORE), done(20, key="n"), reopened(20)),
        items(done(20, end=BEFORE), reopened(20, BEFORE, "b"), done(20, key="n"), reopened(20)),
    ),
    "slower_delivery": Scene(
        items(done(40, end=BEFORE), done(40, active=72, key="n")), items(done(40, end=BEFORE), done(40, key="n"))
    ),
    "manual_path": Scene(moved_by("somebody"), moved_by("robot")),
    "idle_seats": Scene(used(3), used(12)),
    "low_adoption": Scene(used(3), used(12)),
    "falling_adoption": Scene(used(4, since=date(2026, 7, 20)), used(12)),
    "low_stickiness": Scene(used(12, every=14), used(12)),
    "unhappy_with_a_tool": Scene(rated("tool", 2), rated("tool", 5)),
    "slow_answers": Scene(answered(30), answered(2)),
    "unanswered_threads": Scene(answered(None, answered_too=16), answered(None, answered_too=18)),
    "open_conflicts": Scene(quarrels("active"), quarrels("done")),
    "unhappy_with_communication": Scene(rated("communication", 2), rated("communication", 5)),
    "many_meetings": Scene(
        meetings(4), meetings(2), (datetime(2026, 8, 2, 22, tzinfo=UTC), datetime(2026, 8, 9, 22, tzinfo=UTC))
    ),
    "incomplete_data": Scene(items(done(20)), known, (START, TODAY + DAY)),
    "stale_data": Scene(complete(NOW - 3 * DAY), complete(NOW - DAY), (START, TODAY + DAY)),
    "work_without_team": Scene(items(done(20)), known),
}
