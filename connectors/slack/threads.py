"""Reads the threads of a channel, from the newest message back, with everything that was answered to each.

A thread's replies do not stand in the channel's history, and a late one moves nothing there: so each run reads
the threads of the look-back again. Only top-level messages move the cursor, for a reply says nothing about
which messages were read.
"""

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from connectors.kit.errors import AuthError, ConfigError, ConnectorError, Transient
from connectors.kit.http import Params
from connectors.kit.paging import PageGuard
from connectors.kit.stream import Page, Scope, Since, Whole
from connectors.slack import raw
from connectors.slack.api import STALE, Workspace
from connectors.slack.limits import LIMITED_PAGE

LATE = timedelta(minutes=10)
"""What Slack shows late is read again, and is not taken for deleted meanwhile."""
_PAGE = 200
"""Slack's own advice; much more than the 15 that an app under the limit of 2025 gets."""
_REPLIES_BETWEEN_PAGES = 20
_AGAIN = "Nothing needs to be done: the next run tries again."

_COST = (
    f"Slack lets this app ask for messages once a minute, {LIMITED_PAGE} at a time: a channel takes a minute for each "
    f"{LIMITED_PAGE} messages and one more for each thread. An app of your own that is not distributed is not limited."
)

Found = raw.Thread | raw.Malformed

SPOKEN = frozenset(
    {None, "bot_message", "me_message", "file_share", "thread_broadcast", "slackbot_response", "huddle_thread"}
    | {"tombstone"}
)
"""Kinds of messages that somebody wrote. Every other kind is a notice of Slack's: joined, renamed, pinned."""


class ThreadReader:
    """Walks one channel. `resume` keys are the `ts` of the last message that was read whole."""

    def __init__(self, workspace: Workspace, scope: Scope, since: Since) -> None:
        self._workspace = workspace
        self._channel = scope.external_id
        self._since = since.at
        lookback = timedelta(days=workspace.config.lookback_days)
        self._oldest = "0" if since.at is None else raw.stamp(max(since.at - lookback, raw.EPOCH))
        self._recent = workspace.now() - lookback
        self._until = workspace.now() - LATE
        self._ids: set[str] | None = set()
        known = since.resume is not None and raw.moment(since.resume) is not None
        # A key that is not ours means reading from the newest message: slower, never wrong.
        self._floor = since.resume if known else None
        if known:
            self._ids = None

    def pages(self) -> Iterator[Page]:
        """The threads, newest first; at last what the channel holds of the look-back."""
        for messages in self._history():
            waiting: list[Found] = []
            asked = 0
            for message in messages:
                self._meet(message)
                if isinstance(message, raw.Message):
                    self._floor = message.ts
                found = self._thread(message)
                if found is None:
                    continue
                waiting.append(found)
                asked += isinstance(found, raw.Thread) and bool(found.replies)
                # Where a request takes a minute, none is risked: each thread is committed as soon as it is whole.
                if asked >= (1 if self._workspace.limits.limited else _REPLIES_BETWEEN_PAGES):
                    yield self._page(waiting)
                    waiting, asked = [], 0
            if messages:
                yield self._page(waiting)
        whole = self._whole()
        if whole is not None:
            yield Page((), resume=self._floor, whole=whole)

    def _whole(self) -> Whole | None:
        """What there is of the look-back, if all of it was read.

        Before the oldest message that came nothing can be said: a plan may hide what lies there.
        """
        reached = raw.moment(self._floor or "")
        if self._ids is None or reached is None:
            return None
        return Whole(max(self._recent, reached), self._until, frozenset(self._ids))

    def _meet(self, message: raw.Message | raw.Malformed) -> None:
        """Keep in mind that a message is there."""
        moment = raw.moment(message.ts) if isinstance(message, raw.Message) else None
        if moment is None:
            self._ids = None  # which one it is cannot be told
        elif self._ids is not None and moment >= self._recent and isinstance(message, raw.Message):
            self._ids.add(raw.Thread(self._channel, message).id)

    def _page(self, found: list[Found]) -> Page:
        moments = [moment for one in found if isinstance(one, raw.Thread) and (moment := raw.moment(one.head.ts))]
        high = max(moments, default=None)
        if high is not None and self._since is not None and high < self._since:
            high = None  # what is read again for its late replies moves no cursor
        return Page(found, high=high, resume=self._floor, note=_COST if self._workspace.limits.limited else None)

    def _thread(self, message: raw.Message | raw.Malformed) -> Found | None:
        """The thread that a message of the history opens; None if it opens none that has to be read."""
        if isinstance(message, raw.Malformed):
            return message
        if message.is_reply or message.subtype not in SPOKEN:
            return None
        if not message.reply_count:
            return raw.Thread(self._channel, message)
        if self._workspace.limits.limited and self._holds(message):
            return None
        thread = raw.Thread(self._channel, message)
        for reply in self._replies(message):
            if isinstance(reply, raw.Malformed):
                return raw.Malformed(thread.id, "A reply of the thread is not shaped like a message.")
            thread.replies.append(reply)
        return thread

    def _holds(self, message: raw.Message) -> bool:
        """Whether an earlier run read all the replies; the marks that came since are what this saves a minute for."""
        latest = raw.moment(message.latest_reply or "")
        return self._since is not None and latest is not None and latest < self._since

    # -- asking -------------------------------------------------------------------------------------------

    def _history(self) -> Iterator[list[raw.Message | raw.Malformed]]:
        """Pages of the history, newest first; each message once."""
        guard = PageGuard("messages")
        latest = self._floor or raw.stamp(self._workspace.now())
        cursor: str | None = None
        while True:
            # Without `latest` Slack would begin with the oldest messages.
            params: Params = {
                "channel": self._channel,
                "oldest": self._oldest,
                "latest": latest,
                "inclusive": True,
                "limit": _PAGE,
            }
            floor = self._floor
            try:
                answer = self._ask("conversations.history", params, cursor)
            except ConnectorError as error:
                if error.code != STALE or cursor is None or self._floor is None:
                    raise
                latest, cursor = self._floor, None
                guard.next(("again", latest))
                continue
            fresh = [one for one in map(self._message, answer.messages) if floor is None or _behind(one, floor)]
            guard.received(len(fresh))
            yield sorted(fresh, key=_order, reverse=True)
            cursor = answer.cursor
            if cursor is not None:
                guard.next(cursor)
            elif answer.has_more and self._floor is not None:
                latest = self._floor
                guard.next(("behind", latest))
            else:
                return

    def _replies(self, head: raw.Message) -> Iterator[raw.Message | raw.Malformed]:
        """The replies to a message, oldest first. Slack repeats the message itself on each page."""
        guard = PageGuard("replies")
        params: Params = {"channel": self._channel, "ts": head.ts, "limit": _PAGE}
        seen = {head.ts}
        cursor: str | None = None
        while True:
            try:
                answer = self._ask("conversations.replies", params, cursor)
            except ConnectorError as error:
                if error.code == "thread_not_found":  # deleted between the two questions
                    return
                if error.code == STALE:
                    raise Transient("Slack forgot where its listing of replies was.", _AGAIN) from error
                raise
            for one in answer.messages:
                message = self._message(one)
                if isinstance(message, raw.Malformed):
                    yield message
                elif message.ts not in seen and message.subtype in SPOKEN:
                    seen.add(message.ts)
                    yield message
            cursor = answer.cursor
            if cursor is None:
                return
            guard.next(cursor)

    def _ask(self, method: str, params: Params, cursor: str | None) -> raw.MessagePage:
        try:
            answer = self._workspace.call(
                method, params if cursor is None else {**params, "cursor": cursor}, kind=raw.MessagePage
            )
        except AuthError as error:
            if error.code != "missing_scope":
                raise
            # The scope of private channels may be missing: the public ones are read all the same.
            refused = ConfigError(error.message, error.remedy)
            refused.code = error.code
            raise refused from error
        if len(answer.messages) == LIMITED_PAGE and (answer.has_more or answer.cursor):
            self._workspace.limits.limit_messages()
        return answer

    def _message(self, packed: msgspec.Raw) -> raw.Message | raw.Malformed:
        try:
            message = msgspec.json.decode(packed, type=raw.Message)
        except msgspec.MsgspecError:
            return raw.Malformed(self._channel, "A message of the channel is not shaped like one.")
        if raw.moment(message.ts) is None:
            return raw.Malformed(self._channel, "A message of the channel does not say when it was written.")
        return message


def _order(message: raw.Message | raw.Malformed) -> tuple[int, int]:
    return raw.order(message.ts) if isinstance(message, raw.Message) else (0, 0)


def _behind(message: raw.Message | raw.Malformed, floor: str) -> bool:
    """Whether a message is older than the last one read: a page that comes twice brings nothing new."""
    return _order(message) < raw.order(floor)
