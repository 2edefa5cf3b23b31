"""Slack's answers as typed structs: the fields that we read, and no others.

No struct has a place for a message's text: what is not declared is skipped while decoding and never becomes
a value.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated

import msgspec

_STAMP = re.compile(r"([0-9]{1,11})\.([0-9]{1,6})")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SLACKBOT = "USLACKBOT"
"""Slack's own helper. Its account does not say that it is a bot."""


def moment(stamp: str) -> datetime | None:
    """The instant of a `ts`, exact; None if the text is no `ts`. Never through a float, which is too coarse."""
    found = _STAMP.fullmatch(stamp)
    if found is None:
        return None
    return EPOCH + timedelta(seconds=int(found[1]), microseconds=int(found[2].ljust(6, "0")))


def stamp(at: datetime) -> str:
    """An instant as Slack writes it."""
    passed = at - EPOCH
    return f"{passed.days * 86_400 + passed.seconds}.{passed.microseconds:06d}"


@lru_cache(maxsize=4096)
def order(text: str) -> tuple[int, int]:
    """What a `ts` is sorted by; (0, 0) for a text that is none."""
    found = _STAMP.fullmatch(text)
    return (0, 0) if found is None else (int(found[1]), int(found[2].ljust(6, "0")))


class Raw(msgspec.Struct, gc=False):
    """Base of everything that Slack sends: trees, so the garbage collector need not look for cycles."""


class Verdict(Raw):
    """What every answer says about itself, whatever else it holds."""

    ok: bool
    error: str = ""
    needed: str = ""


class Next(Raw):
    """Where a listing goes on."""

    next_cursor: str = ""


class Answer(Raw):
    """Base of the answers that come in pages."""

    response_metadata: Next | None = None

    @property
    def cursor(self) -> str | None:
        """The token of the next page. Only its absence ends a listing: pages may be short, or empty."""
        return (self.response_metadata.next_cursor if self.response_metadata else "") or None


class Identity(Raw):
    """Who a token belongs to, and where."""

    team_id: str = ""
    team: str = ""
    user_id: str = ""


class Profile(Raw):
    """The part of a profile that identifies somebody."""

    email: str | None = None
    real_name: str | None = None
    display_name: str | None = None
    api_app_id: str | None = None


class User(Raw):
    """An account of the workspace, or of another one that shares a channel with it."""

    id: str
    name: str | None = None
    real_name: str | None = None
    deleted: bool = False
    is_bot: bool = False
    is_workflow_bot: bool = False
    profile: Profile = msgspec.field(default_factory=Profile)


class UserPage(Answer):
    """Some accounts."""

    members: list[User] = []


class Channel(Raw):
    """A channel. `members` are gathered from a listing of their own."""

    id: str
    name: str | None = None
    is_private: bool = False
    is_member: bool = False
    is_archived: bool = False
    num_members: int | None = None
    members: list[str] = []


class ChannelPage(Answer):
    """Some channels."""

    channels: list[Channel] = []


class MemberPage(Answer):
    """Some members of a channel, by id."""

    members: list[str] = []


class Reaction(Raw):
    """An emoji on a message. `users` may be fewer than those who reacted."""

    name: str
    users: list[str] = []


class Message(Raw):
    """A message without its text."""

    ts: str
    user: str | None = None
    bot_id: str | None = None
    subtype: str | None = None
    thread_ts: str | None = None
    reply_count: int = 0
    latest_reply: str | None = None
    reactions: list[Reaction] = []

    @property
    def is_reply(self) -> bool:
        """Whether it stands in the history although it belongs to a thread (a reply that was also sent there)."""
        return self.thread_ts is not None and self.thread_ts != self.ts


class MessagePage(Answer):
    """Some messages, each still packed: one that is not shaped like a message must not spoil its neighbours."""

    messages: list[msgspec.Raw] = []
    has_more: bool = False


class Thread(Raw):
    """A message of a channel with all that was answered to it."""

    channel: str
    head: Message
    replies: list[Message] = []

    @property
    def id(self) -> str:
        """A `ts` is unique in its channel only."""
        return f"{self.channel}:{self.head.ts}"


class Malformed(Raw):
    """A message that is not shaped like one. Its content is not kept: it may be somebody's words."""

    id: str
    reason: str


class Billing(Raw):
    """Whether an account is paid for."""

    billing_active: bool = False


class BillingPage(Answer):
    """Accounts by id, with whether they are paid for."""

    billable_info: dict[str, Billing] = {}


class SeatHolder(Raw):
    """A paid account, as told at `as_of`."""

    user: str
    as_of: datetime


Seconds = Annotated[int, msgspec.Meta(ge=0, lt=1 << 37)]
"""Since 1970, in this era."""


class Access(Raw):
    """A row of the access log: an account's accesses from one address with one program."""

    user_id: Annotated[str, msgspec.Meta(min_length=1)]
    date_first: Seconds
    date_last: Seconds

    @property
    def first(self) -> datetime:
        """The first access that the row counts."""
        return EPOCH + timedelta(seconds=self.date_first)

    @property
    def last(self) -> datetime:
        """The latest one."""
        return EPOCH + timedelta(seconds=self.date_last)


class Paging(Raw):
    """How many pages there are."""

    pages: int = 1


class AccessPage(Raw):
    """Some rows of the access log, each still packed: a spoilt one must not spoil its neighbours."""

    logins: list[msgspec.Raw] = []
    paging: Paging = msgspec.field(default_factory=Paging)


class AccessDay(Raw):
    """A day (UTC) on which an account was there."""

    user: str
    day: date


class MemberDay(Raw):
    """A line of the member analytics file: what one account did on one day (UTC)."""

    user_id: str | None = None
    date: str | None = None
    is_active: bool = False
    messages_posted_count: int = 0
    reactions_added_count: int = 0
    files_added_count: int = 0
    search_count: int = 0
    huddles_count: int = 0

    @property
    def did_something(self) -> bool:
        """Whether there is anything to count."""
        return self.is_active or any(
            (
                self.messages_posted_count,
                self.reactions_added_count,
                self.files_added_count,
                self.search_count,
                self.huddles_count,
            )
        )
