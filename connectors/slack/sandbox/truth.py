"""What is true about the organisation, as the records that a perfect first sync of its Slack leaves.

Told from the organisation itself and not from any answer of the sandbox: a mistake in the answers shows.
"""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, timedelta

from connectors.kit import records
from connectors.kit.organisation import Account, Ms, instant
from connectors.kit.organisation.talk import Exchange, Room, Saying, members
from connectors.kit.records import Record
from connectors.slack.sandbox import use
from connectors.slack.sandbox.dialect import HUB, Facts, address, channel_id, is_paid, joined, stamp, user_id

_PROGRAMS: tuple[tuple[str, str, records.AccountKind], ...] = (
    ("USLACKBOT", "Slackbot", "bot"),
    (user_id("deploy"), "Deploy Notifier", "app"),
    (user_id("ci"), "CI robot", "bot"),
    ("U0WORKFLOW", "Accueil", "app"),
    (HUB, "ProdOps Hub", "app"),
)


def truth(
    facts: Facts, now: Ms, *, include_private: bool, analytics: bool, deleted: Collection[str] = ()
) -> dict[str, list[Record]]:
    """Records by type. Use is told by the analytics file where there is one, else by messages, reactions and the access
    log; the token of an admin alone sees the file, the log (both `usage_days`) and `seats`.
    """
    rooms = [
        room
        for room in facts.talk.rooms.values()
        if joined(room) and not room.closed and (include_private or not room.private)
    ]
    threads = [
        (room, exchange)
        for room in rooms
        for exchange in facts.talk.exchanges[room.id]
        if exchange.head.at <= now and _id(room, exchange) not in deleted
    ]
    people = [one for one in facts.organisation.accounts.values() if one.kind == "human" and one.joined <= now]
    found: dict[str, list[Record]] = {
        "accounts": [
            *(records.Account(external_id=one, display_name=name, kind=kind) for one, name, kind in _PROGRAMS),
            *(_account(one, now) for one in people),
        ],
        "channels": [_channel(facts, room, now) for room in rooms],
        "seats": [
            records.Seat(account=user_id(one.id), product="slack", as_of=instant(now))
            for one in people
            if one.active(now) and is_paid(one)
        ],
        "conversations": [_conversation(room, exchange, now) for room, exchange in threads],
    }
    if analytics:
        found["usage_days"] = _filed(facts, now)
    else:
        found["activity"] = [_activity(room, exchange, now) for room, exchange in threads]
        found["usage_days"] = _opened(facts, now)
    return found


def _account(account: Account, now: Ms) -> records.Account:
    gone = account.left is not None and account.left <= now
    return records.Account(
        external_id=user_id(account.id),
        display_name=account.name,
        email=address(account),
        kind="human",
        active=not gone,
    )


def _channel(facts: Facts, room: Room, now: Ms) -> records.Channel:
    inside = [user_id(one.id) for one in members(facts.organisation, room, now)]
    return records.Channel(
        external_id=channel_id(room), name=room.name, private=room.private, members=tuple(sorted([*inside, HUB]))
    )


def _moment(said: Saying) -> datetime:
    return instant(said.at) + timedelta(microseconds=said.number % 1000)


def _author(said: Saying) -> str | None:
    """The account that said it; the CI robot has none."""
    return None if said.by == "ci" else user_id(said.by)


def _id(room: Room, exchange: Exchange) -> str:
    return f"{channel_id(room)}:{stamp(exchange.head)}"


def _conversation(room: Room, exchange: Exchange, now: Ms) -> records.Conversation:
    head, heard = exchange.head, exchange.heard(now)
    spoken = [head, *heard]
    answer = next((one for one in heard if one.by not in (head.by, "ci", "deploy")), None)
    marks = {(sign.name, user_id(sign.by)) for said in spoken for sign in said.signed(now)}
    return records.Conversation(
        external_id=_id(room, exchange),
        channel=channel_id(room),
        started_at=_moment(head),
        started_by=_author(head),
        first_reply_at=None if answer is None else _moment(answer),
        first_reply_by=None if answer is None else user_id(answer.by),
        participants=tuple(sorted({who for said in spoken if (who := _author(said)) is not None})),
        messages=len(spoken),
        automated_messages=sum(said.by in ("ci", "deploy") for said in spoken),
        marks=tuple(records.Mark(name=name, by=by) for name, by in sorted(marks)),
    )


def _activity(room: Room, exchange: Exchange, now: Ms) -> records.ActivityOf:
    days: Counter[tuple[str, str, date]] = Counter()
    for said in (exchange.head, *exchange.heard(now)):
        day = instant(said.at).date()
        who = _author(said)
        if who is not None:
            days[who, "message", day] += 1
        for sign in said.signed(now):
            days[user_id(sign.by), "reaction", day] += 1
    return records.ActivityOf(
        work_item=_id(room, exchange),
        days=tuple(sorted((*key, count) for key, count in days.items())),
    )


def _opened(facts: Facts, now: Ms) -> list[Record]:
    """The days that the access log is sure of: the first and the last of each account's program."""
    rows = use.accesses(facts, use.counts(facts, facts.organisation.horizon), now)
    days = {(row.account, instant(at).date()) for row in rows for at in (row.first, row.last)}
    return [
        records.UsageDay(account=user_id(account), event="access", day=day, count=1) for account, day in sorted(days)
    ]


def _filed(facts: Facts, now: Ms) -> list[Record]:
    counts = use.counts(facts, facts.organisation.horizon)
    found: list[Record] = []
    for day in use.filed(facts, now):
        for account in facts.organisation.accounts.values():
            if not use.was_there(account, day):
                continue
            said, reacted = (counts.get((account.id, event, day), 0) for event in ("messages", "reactions"))
            active = bool(said or reacted or use.just_read(account, day))
            for event, count in (("active", int(active)), ("messages_posted", said), ("reactions_added", reacted)):
                if count:
                    who = user_id(account.id)
                    found.append(records.UsageDay(account=who, event=event, day=day, count=count))
    return found
