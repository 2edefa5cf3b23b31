"""A channel as Slack shows it: messages with words in them, newest first."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

from connectors.kit.organisation import Ms
from connectors.kit.organisation.talk import Exchange, Room, Saying, members
from connectors.slack.sandbox.dialect import APP_BOT, CLASSIC_BOT, TEAM, Facts, author_id, stamp, user_id, written

Json = dict[str, Any]

WORDS = "Mots que personne ne doit garder"
"""What everybody says here: wherever it turns up behind the connector, a text was kept."""
_SHOWN_REPLIERS = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a channel's history."""

    ts: str
    at: Ms
    exchange: Exchange | None
    said: Saying | None
    """Empty for a notice of Slack's."""
    who: str

    @property
    def root(self) -> str:
        """The message that opened the thread that the line is of."""
        return self.ts if self.exchange is None else stamp(self.exchange.head)


class Channel:
    """One room, whole; what shows of it depends on the instant."""

    def __init__(self, facts: Facts, room: Room) -> None:
        self.room = room
        exchanges = facts.talk.exchanges[room.id]
        entries = [Entry(stamp(one.head), one.head.at, one, one.head, one.head.by) for one in exchanges]
        entries += [
            Entry(stamp(reply), reply.at, one, reply, reply.by)
            for one in exchanges
            for reply in one.replies
            if reply.aloud
        ]
        begin, horizon = facts.organisation.begin, facts.organisation.horizon
        newcomers = [one for one in facts.organisation.accounts.values() if begin <= one.joined <= horizon]
        entries += [
            Entry(written(one.joined, number), one.joined, None, None, one.id)
            for number, one in enumerate(newcomers)
            if one in members(facts.organisation, room, one.joined)
        ]
        self._entries = sorted(entries, key=lambda entry: _key(entry.ts))
        self._keys = [_key(entry.ts) for entry in self._entries]
        self._threads = {stamp(one.head): one for one in exchanges}

    def between(self, oldest: str, latest: str, *, inclusive: bool, now: Ms) -> list[Entry]:
        """The lines in a span, newest first."""
        left, right = (bisect_left, bisect_right) if inclusive else (bisect_right, bisect_left)
        first = left(self._keys, _key(oldest)) if oldest else 0
        last = right(self._keys, _key(latest)) if latest else len(self._keys)
        last = min(last, bisect_right(self._entries, now, key=lambda entry: entry.at))
        return self._entries[first:last][::-1]

    def thread(self, ts: str, now: Ms) -> Exchange | None:
        """The thread that a message opened, if it is there already."""
        found = self._threads.get(ts)
        return found if found is not None and found.head.at <= now else None

    def shown(self, entry: Entry, now: Ms) -> Json:
        """A line as a message."""
        if entry.said is None or entry.exchange is None:
            who = user_id(entry.who)
            text = f"<@{who}> a rejoint le canal"
            return {"type": "message", "subtype": "channel_join", "ts": entry.ts, "user": who, "text": text}
        if entry.said is entry.exchange.head:
            return head(entry.exchange, now)
        root = stamp(entry.exchange.head)
        return message(entry.said, now) | {"subtype": "thread_broadcast", "thread_ts": root}


def head(exchange: Exchange, now: Ms) -> Json:
    """The message that opens a thread, with what Slack tells about the replies."""
    shown = message(exchange.head, now)
    heard = exchange.heard(now)
    if heard:
        repliers = list(dict.fromkeys(author_id(reply.by) for reply in heard))
        shown |= {
            "thread_ts": shown["ts"],
            "reply_count": len(heard),
            "reply_users": repliers[:_SHOWN_REPLIERS],
            "reply_users_count": len(repliers),
            "latest_reply": stamp(heard[-1]),
        }
    return shown


def message(said: Saying, now: Ms) -> Json:
    """A message, by a person, an app, or a classic bot."""
    shown: Json = {"type": "message", "ts": stamp(said), "text": f"{WORDS} ({said.number})"}
    if said.by == "ci":
        shown |= {"subtype": "bot_message", "bot_id": CLASSIC_BOT, "username": "CI robot"}
    elif said.by == "deploy":
        profile = {"id": APP_BOT, "app_id": "A0DEPLOY", "name": "Deploy Notifier", "team_id": TEAM}
        shown |= {"user": user_id(said.by), "bot_id": APP_BOT, "app_id": "A0DEPLOY", "bot_profile": profile}
    else:
        shown |= {"user": user_id(said.by), "client_msg_id": f"00000000-0000-4000-8000-{said.number:012d}"}
    signed = said.signed(now)
    if signed:
        by_name: dict[str, list[str]] = {}
        for sign in signed:
            # Some wave with another colour of hand.
            tone = "::skin-tone-3" if sign.name == "+1" and int(sign.by[1:]) % 4 == 1 else ""
            by_name.setdefault(sign.name + tone, []).append(user_id(sign.by))
        shown["reactions"] = [{"name": name, "users": who, "count": len(who)} for name, who in by_name.items()]
    return shown


def _key(ts: str) -> tuple[int, int]:
    seconds, _, rest = ts.partition(".")
    return int(seconds or 0), int((rest or "0").ljust(6, "0")[:6])
