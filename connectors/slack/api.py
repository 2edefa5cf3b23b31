"""One Slack workspace during one run: asking its methods, and its lists."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import msgspec

from connectors.kit.connector import Access
from connectors.kit.errors import AuthError, ConfigError, ConnectorError, NotOffered, Transient
from connectors.kit.http import HttpClient, Param, Params
from connectors.kit.paging import by_token
from connectors.kit.stream import Page, Scope
from connectors.slack import analytics, raw
from connectors.slack.config import SlackConfig
from connectors.slack.limits import MethodBudgets
from connectors.slack.normalise import Context
from connectors.slack.refusals import REFUSED_TOKEN, refusal

T = TypeVar("T")
Paged = TypeVar("Paged", bound=raw.Answer)

_PAGE = 500
"""Of channels, members and accounts; 1,000 is refused."""
STALE = "invalid_cursor"
"""Slack's word for a page token that it no longer knows."""
_REPORT = "Report it to the maintainers of this connector; the error names the method."
_AGAIN = "Nothing needs to be done: the next run tries again."
_CLOSED = frozenset({"not_in_channel", "channel_not_found", "is_archived", "fetch_members_failed", "access_denied"})


@dataclass(frozen=True, slots=True)
class Doors:
    """The clients of a workspace: one that speaks with the bot's token, and one with a user's, if there is one."""

    bot: HttpClient
    user: HttpClient | None
    budgets: MethodBudgets


class Workspace:
    """A Slack workspace. Lists are asked once, when first needed; usable from several threads."""

    def __init__(self, access: Access, doors: Doors) -> None:
        self.config: SlackConfig = access.config
        self.now = access.now
        self._doors = doors

    # -- asking -------------------------------------------------------------------------------------------

    def call(self, method: str, params: Params | None = None, *, kind: type[T], as_user: bool = False) -> T:
        """The answer of a method, decoded as `kind`. Raises a ConnectorError, for `ok: false` too."""
        return self.read(
            method, params, lambda pieces: self.decoded(method, b"".join(pieces), kind=kind), as_user=as_user
        )

    def read(
        self, method: str, params: Params | None, take: Callable[[Iterator[bytes]], T], *, as_user: bool = False
    ) -> T:
        """What `take` makes of a method's answer, which it gets in pieces. `take` begins anew with every attempt.

        The user's token is an extra: refused, it raises NotOffered where it may not do this, and ConfigError where it
        is good for nothing, for the bot's token still reads the rest.
        """
        door = self._doors.user if as_user else self._doors.bot
        if door is None:
            raise NotOffered(
                f"Slack's {method} needs a user token, and the source has none.",
                "Add the user token of an owner or admin to the credentials, or leave this stream out.",
            )
        asked = {name: _written(value) for name, value in (params or {}).items()}
        try:
            return door.get_pieces(f"/{method}", asked, read=take)
        except AuthError as error:
            if not as_user:
                raise
            raise _of_user_token(error) from error

    def decoded(self, method: str, body: bytes, *, kind: type[T]) -> T:
        """An answer as `kind`. Raises the error that it holds."""
        try:
            verdict = msgspec.json.decode(body, type=raw.Verdict)
            if verdict.ok:
                return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            raise ConnectorError(f"Slack's {method} answered in a shape that is not known here.", _REPORT) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # Slack in trouble shows a web page, with HTTP 200 at times.
            raise Transient(f"Slack's {method} answered something that is not JSON.", _AGAIN) from error
        raise refusal(method, verdict, self.now())

    def pages(
        self,
        method: str,
        params: Params,
        *,
        kind: type[Paged],
        items: Callable[[Paged], Sequence[object]],
        as_user: bool = False,
    ) -> Iterator[Paged]:
        """Every page of a listing."""

        def fetch(cursor: str | None) -> Paged:
            asked = params if cursor is None else {**params, "cursor": cursor}
            return self.call(method, asked, kind=kind, as_user=as_user)

        try:
            yield from by_token(fetch, token=lambda page: page.cursor, items=items, what=method)
        except ConnectorError as error:
            if error.code != STALE:
                raise
            raise Transient(f"Slack's {method} forgot where its listing was.", _AGAIN) from error

    @property
    def limits(self) -> MethodBudgets:
        """What Slack allows, as far as it has shown."""
        return self._doors.budgets

    # -- what it is ---------------------------------------------------------------------------------------

    def identity(self, *, as_user: bool = False) -> raw.Identity:
        """Whose token it is. Raises AuthError if it is not good."""
        return self.call("auth.test", kind=raw.Identity, as_user=as_user)

    @property
    def has_user_token(self) -> bool:
        """Whether there is a user token at all."""
        return self._doors.user is not None

    @cached_property
    def analytics_refusal(self) -> ConfigError | None:
        """Why there is no member analytics file for us; None where there is one."""
        try:
            analytics.offered(self)
        except ConfigError as error:
            return error
        return None

    @cached_property
    def context(self) -> Context:
        """What normalising needs."""
        return Context(counts_messages=self.analytics_refusal is not None)

    # -- lists --------------------------------------------------------------------------------------------

    @cached_property
    def channels(self) -> list[raw.Channel]:
        """Every channel of the kinds that are read, joined or not."""
        kinds = "public_channel,private_channel" if self.config.include_private else "public_channel"
        params: Params = {"types": kinds, "exclude_archived": True, "limit": _PAGE}
        pages = self.pages("conversations.list", params, kind=raw.ChannelPage, items=lambda page: page.channels)
        return list({channel.id: channel for page in pages for channel in page.channels}.values())

    @cached_property
    def chosen(self) -> list[raw.Channel]:
        """The channels that this source reads: those named, else those that the app has joined."""
        if not self.config.channels:
            return [channel for channel in self.channels if channel.is_member]
        wanted = {_plain(name) for name in self.config.channels}
        return [channel for channel in self.channels if wanted & _names(channel)]

    @cached_property
    def unknown_names(self) -> list[str]:
        """The configured channels that Slack does not show us."""
        known: set[str] = set().union(*(_names(channel) for channel in self.channels))
        return [name for name in self.config.channels if _plain(name) not in known]

    def scope(self, channel: raw.Channel) -> Scope:
        """A channel as a part to read."""
        name = f"#{channel.name}" if channel.name else channel.id
        return Scope(external_id=channel.id, name=name, members=channel.num_members)

    def require(self, scope: Scope) -> None:
        """Raises ConfigError for the scope of a configured channel that Slack does not show us."""
        if scope.external_id in self.unknown_names:
            raise ConfigError(
                f"There is no channel {scope.external_id}, or the app may not see it.",
                "Correct the name; a private channel needs 'include_private' and an invitation of the app.",
            )

    def channels_with_members(self) -> Iterator[Page]:
        """The channels that this source reads, one a page, each with its members."""
        for channel in self.chosen:
            yield Page([msgspec.structs.replace(channel, members=self._members(channel))])

    def _members(self, channel: raw.Channel) -> list[str]:
        params: Params = {"channel": channel.id, "limit": _PAGE}
        try:
            pages = self.pages("conversations.members", params, kind=raw.MemberPage, items=lambda page: page.members)
            return sorted({member for page in pages for member in page.members})
        except ConnectorError as error:
            if error.code in _CLOSED:
                return []
            raise

    def accounts(self) -> Iterator[Page]:
        """Every account, bots and deactivated ones included."""
        for page in self.pages("users.list", {"limit": _PAGE}, kind=raw.UserPage, items=lambda page: page.members):
            yield Page(page.members)

    def seats(self) -> Iterator[Page]:
        """The accounts that are paid for. Raises NotOffered if the token or plan does not tell."""
        as_of = self.now()
        pages = self.pages(
            "team.billableInfo",
            {},
            kind=raw.BillingPage,
            items=lambda page: tuple(page.billable_info),
            as_user=True,
        )
        told = {user: one.billing_active for page in pages for user, one in page.billable_info.items()}
        yield Page([raw.SeatHolder(user, as_of) for user, paid in told.items() if paid])


def _of_user_token(error: AuthError) -> ConfigError:
    """What a refusal of the user's token means for the source."""
    told: ConfigError
    if error.code in REFUSED_TOKEN or error.status == 401:
        remedy = "Enter a new user token, or take it out of the credentials."
        told = ConfigError(f"{error.message} It is the user token.", remedy)
    else:
        told = NotOffered(error.message, error.remedy)
    told.code, told.status = error.code, error.status
    return told


def _written(value: Param | Sequence[Param]) -> str:
    """A parameter as Slack reads it: truth is a word in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(name: str) -> str:
    return name.removeprefix("#").casefold()


def _names(channel: raw.Channel) -> set[str]:
    return {channel.id.casefold(), (channel.name or channel.id).casefold()}
