"""Slack's objects -> records. Pure functions: no I/O, no clock, nothing of the workspace but the `Context`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from connectors.kit import records
from connectors.kit.errors import BadRecord
from connectors.slack import raw

PRODUCT = "slack"


@dataclass(frozen=True, slots=True)
class Context:
    """What normalising needs to know about the workspace.

    `counts_messages`: use is told by messages and reactions, because there is no member analytics file.
    """

    counts_messages: bool


def _instant(stamp: str) -> datetime:
    at = raw.moment(stamp)
    if at is None:
        raise BadRecord("The message does not say when it was written.", "ts")
    return at


def account(item: raw.User, context: Context) -> Iterator[records.Account]:  # noqa: ARG001
    """An account. Slack tells nobody when it was made."""
    profile = item.profile
    yield records.Account(
        external_id=item.id,
        display_name=profile.display_name or profile.real_name or item.real_name or item.name or None,
        email=profile.email or None,
        kind=_account_kind(item),
        active=not item.deleted,
    )


def _account_kind(user: raw.User) -> records.AccountKind:
    if user.id == raw.SLACKBOT:
        return "bot"
    if user.is_workflow_bot or (user.is_bot and user.profile.api_app_id):
        return "app"
    return "bot" if user.is_bot else "human"


def channel(item: raw.Channel, context: Context) -> Iterator[records.Channel]:  # noqa: ARG001
    """A channel with its members."""
    yield records.Channel(
        external_id=item.id, name=item.name or None, private=item.is_private, members=tuple(item.members)
    )


def conversation(item: raw.Thread | raw.Malformed, context: Context) -> Iterator[records.Conversation]:  # noqa: ARG001
    """A thread. The first reply is the first that another human wrote: whoever talks to oneself gets no answer."""
    if isinstance(item, raw.Malformed):
        raise BadRecord(item.reason)
    head = item.head
    deleted = head.subtype == "tombstone"
    spoken = [*([] if deleted else [head]), *item.replies]
    starter = None if deleted else author(head)
    answer = next((reply for reply in sorted(item.replies, key=_order) if _answers(reply, starter)), None)
    yield records.Conversation(
        external_id=item.id,
        channel=item.channel,
        started_at=_instant(head.ts),
        started_by=starter,
        first_reply_at=None if answer is None else _instant(answer.ts),
        first_reply_by=None if answer is None else author(answer),
        participants=tuple(sorted({who for message in spoken if (who := author(message)) is not None})),
        messages=len(spoken),
        automated_messages=sum(automated(message) for message in spoken),
        marks=tuple(
            records.Mark(name=name, by=by)
            for name, by in sorted({mark for message in spoken for mark in _marks(message)})
        ),
    )


def _order(message: raw.Message) -> tuple[int, int]:
    return raw.order(message.ts)


def author(message: raw.Message) -> str | None:
    """The account that wrote it. A classic integration has none, and its bot's id would pass for a human's."""
    return message.user or None


def automated(message: raw.Message) -> bool:
    """Whether a program wrote it. Everything that an app posts bears a bot's id, in a person's name too."""
    return bool(message.bot_id) or message.subtype == "bot_message" or message.user == raw.SLACKBOT


def _answers(reply: raw.Message, starter: str | None) -> bool:
    who = author(reply)
    return who is not None and who != starter and not automated(reply)


def _marks(message: raw.Message) -> Iterator[tuple[str, str]]:
    for reaction in message.reactions:
        name = reaction.name.partition("::")[0]  # a skin tone is no other mark
        if name:
            yield from ((name, user) for user in reaction.users)


def activity(item: raw.Thread | raw.Malformed, context: Context) -> Iterator[records.ActivityOf]:
    """Who wrote and who reacted in the thread. Slack tells no instant of a reaction: its message's day counts."""
    if isinstance(item, raw.Malformed) or not context.counts_messages:
        return
    days: Counter[tuple[str, str, date]] = Counter()
    spoken = [*([] if item.head.subtype == "tombstone" else [item.head]), *item.replies]
    for message in spoken:
        day, who = _instant(message.ts).date(), author(message)
        if who is not None:
            days[who, "message", day] += 1
        for reaction in message.reactions:
            for user in reaction.users:
                days[user, "reaction", day] += 1
    yield records.ActivityOf(work_item=item.id, days=tuple(sorted((*key, count) for key, count in days.items())))


def member_day(item: raw.MemberDay | raw.Malformed, context: Context) -> Iterator[records.UsageDay]:  # noqa: ARG001
    """A line of the member analytics file, an event for each thing that it counts."""
    if isinstance(item, raw.Malformed):
        raise BadRecord(item.reason)
    if not item.user_id or not item.date:
        raise BadRecord("A line of the member analytics file names no member.", "user_id")
    for event, count in (
        ("active", int(item.is_active)),
        ("messages_posted", item.messages_posted_count),
        ("reactions_added", item.reactions_added_count),
        ("files_added", item.files_added_count),
        ("searches", item.search_count),
        ("huddles", item.huddles_count),
    ):
        if count > 0:
            yield records.UsageDay(account=item.user_id, event=event, day=date.fromisoformat(item.date), count=count)


def access_day(item: raw.AccessDay | raw.Malformed, context: Context) -> Iterator[records.UsageDay]:  # noqa: ARG001
    """A day on which an account was there. Slack tells how often over all the days of a row, so a day counts once."""
    if isinstance(item, raw.Malformed):
        raise BadRecord(item.reason)
    yield records.UsageDay(account=item.user, event="access", day=item.day, count=1)


def seat(item: raw.SeatHolder, context: Context) -> Iterator[records.Seat]:  # noqa: ARG001
    """A paid account."""
    yield records.Seat(account=item.user, product=PRODUCT, as_of=item.as_of)
