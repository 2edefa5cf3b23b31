"""The methods of a Slack workspace over a generated organisation."""

import base64
import binascii
import gzip
import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypeVar
from urllib.parse import parse_qs

import msgspec

from connectors.kit.organisation import Account, Ms, Organisation, milliseconds
from connectors.kit.organisation.talk import Room, members, talk
from connectors.kit.records import Record
from connectors.kit.sandbox import Refused, Request, Response, json_response
from connectors.kit.sandbox_faults import Fault
from connectors.slack.limits import LIMITED_PAGE
from connectors.slack.sandbox import use
from connectors.slack.sandbox.dialect import HUB, TEAM, Facts, address, channel_id, is_paid, joined, user_id
from connectors.slack.sandbox.gate import Gate, Keys, Limits, no, require
from connectors.slack.sandbox.messages import Channel, Entry, Json, head, message
from connectors.slack.sandbox.posting import LATE_ANSWERS, UPLOADS, Outbox
from connectors.slack.sandbox.truth import truth

T = TypeVar("T")

_MOST = 999
_MOST_PAGES = 100
_LATE = timedelta(minutes=2)
_API = "/api/"


class SlackSandbox:
    """An `App` for `connectors.kit.sandbox.serving`. What is visible follows `clock`.

    `limits` are those of the app that asks (see `gate.Limits`), `analytics` whether the plan has the member
    analytics file, `page_cap` an unspoken limit of a page below the one asked for. Change `gate.keys` to revoke
    a token while it runs.
    """

    def __init__(
        self,
        organisation: Organisation,
        *,
        clock: Callable[[], datetime],
        seed: int = 1,
        exchanges: int = 600,
        keys: Keys | None = None,
        limits: Limits = "off",
        analytics: bool = True,
        page_cap: int | None = None,
    ) -> None:
        self.facts = Facts(organisation, talk(organisation, seed=seed, exchanges=exchanges))
        self.clock = clock
        self.gate = Gate(keys or Keys(), clock, limits)
        self.analytics = analytics
        self.outbox = Outbox(clock)
        self.deleted: set[str] = set()
        """Conversations (`<channel>:<ts>`) that somebody deleted, with everything that was answered to them."""
        self._page_cap = page_cap
        self._channels = {channel_id(room): Channel(self.facts, room) for room in self.facts.talk.rooms.values()}
        self._lock = threading.RLock()
        self._tokens = 0
        self._methods: dict[str, Callable[[Request, dict[str, str], frozenset[str]], Response]] = {
            "auth.test": self._identity,
            "conversations.list": self._list,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.members": self._members,
            "users.list": self._users,
            "users.info": self._user,
            "team.billableInfo": self._billing,
            "team.accessLogs": self._accesses,
            "admin.analytics.getFile": self._file,
            "chat.postMessage": self._post,
            "files.getUploadURLExternal": lambda _, asked, held: self.outbox.place(asked, held),
            "files.completeUploadExternal": self.outbox.complete,
        }
        self._url = ""

    @property
    def url(self) -> str:
        """The address of the API; known once it is served."""
        return self._url + _API.rstrip("/")

    def mounted(self, url: str) -> None:
        """See `App`."""
        self._url = self.outbox.url = url

    def spared(self, path: str) -> bool:  # noqa: ARG002
        """See `App`: everything can be asked again."""
        return False

    def truth(self, now: datetime | None = None, *, include_private: bool = False) -> dict[str, list[Record]]:
        """The records that a perfect first sync leaves at `now` (the clock's instant, if None), by record type."""
        at = milliseconds(now or self.clock())
        return truth(self.facts, at, deleted=self.deleted, include_private=include_private, analytics=self.analytics)

    def respond(self, request: Request) -> Response:
        """See `App`."""
        if request.path.startswith(UPLOADS):
            return self.outbox.receive(request)
        if request.path.startswith(LATE_ANSWERS):
            return self.outbox.answer_late(request)
        if not request.path.startswith(_API):
            return Response(404, b"<html><body>Not found</body></html>", "text/html;charset=UTF-8")
        method = request.path.removeprefix(_API)
        handler = self._methods.get(method)
        if handler is None or request.method not in ("GET", "POST"):
            raise no("unknown_method", req_method=method)
        with self._lock:
            held = self.gate.admit(request)
            self.gate.count(method)
            return handler(request, _arguments(request), held)

    @property
    def _now(self) -> Ms:
        return milliseconds(self.clock())

    # -- who ----------------------------------------------------------------------------------------------

    def _identity(self, _: Request, __: dict[str, str], held: frozenset[str]) -> Response:
        answer = {"ok": True, "url": "https://work.example.test/", "team": "Atelier", "team_id": TEAM, "user_id": HUB}
        return Response(200, msgspec.json.encode(answer), headers=(("X-OAuth-Scopes", ",".join(sorted(held))),))

    @cached_property
    def _programs(self) -> list[Json]:
        """Slack's own helper, which does not call itself a bot; an app, a classic bot, a workflow, ourselves."""
        return [
            _user("USLACKBOT", "Slackbot", is_bot=False),
            _user(user_id("deploy"), "Deploy Notifier", is_bot=True, profile={"api_app_id": "A0DEPLOY"}),
            _user(user_id("ci"), "CI robot", is_bot=True, profile={"api_app_id": ""}),
            _user("U0WORKFLOW", "Accueil", is_bot=True, is_workflow_bot=True),
            _user(HUB, "ProdOps Hub", is_bot=True, profile={"api_app_id": "A0HUB"}),
        ]

    def _users(self, request: Request, asked: dict[str, str], held: frozenset[str]) -> Response:
        require("users:read", held)
        people = [self._person(one, held) for one in self._people()]
        shown, following = self._page(request, asked, [*self._programs, *people], "members")
        return _listed("members", shown, following)

    def _people(self) -> list[Account]:
        now = self._now
        everybody = self.facts.organisation.accounts.values()
        return [one for one in everybody if one.kind == "human" and one.joined <= now]

    def _person(self, account: Account, held: frozenset[str]) -> Json:
        profile = {"real_name": account.name, "display_name": ""}
        if "users:read.email" in held:
            profile["email"] = address(account)
        gone = account.left is not None and account.left <= self._now
        return _user(user_id(account.id), account.name, is_bot=False, deleted=gone, profile=profile)

    def _user(self, _: Request, asked: dict[str, str], held: frozenset[str]) -> Response:
        require("users:read", held)
        wanted = asked.get("user", "")
        everybody = [*self._programs, *(self._person(one, held) for one in self._people())]
        found = next((one for one in everybody if one["id"] == wanted), None)
        if found is None:
            raise no("user_not_found")
        known = {"locale": self.outbox.locale(wanted)} if asked.get("include_locale") in ("true", "1") else {}
        return json_response({"ok": True, "user": found | known})

    def _billing(self, _: Request, __: dict[str, str], held: frozenset[str]) -> Response:
        require("admin", held)
        now = self._now
        info = {user_id(one.id): {"billing_active": is_paid(one)} for one in self._people() if one.active(now)}
        return json_response({"ok": True, "billable_info": info})

    # -- where --------------------------------------------------------------------------------------------

    def _list(self, request: Request, asked: dict[str, str], held: frozenset[str]) -> Response:
        kinds = asked.get("types", "public_channel").split(",")
        for kind, scope in (("public_channel", "channels:read"), ("private_channel", "groups:read")):
            if kind in kinds:
                require(scope, held)
        found = [
            self._channel(one.room)
            for one in self._channels.values()
            if ("private_channel" if one.room.private else "public_channel") in kinds
            and not (one.room.closed and asked.get("exclude_archived") == "true")
        ]
        shown, following = self._page(request, asked, found, "channels")
        return _listed("channels", shown, following)

    def _channel(self, room: Room) -> Json:
        return {
            "id": channel_id(room),
            "name": room.name,
            "is_channel": not room.private,
            "is_private": room.private,
            "is_archived": room.closed,
            "is_member": joined(room),
            "topic": {"value": "Un sujet", "creator": "", "last_set": 0},
            "num_members": len(members(self.facts.organisation, room, self._now)) + joined(room),
        }

    def _members(self, request: Request, asked: dict[str, str], held: frozenset[str]) -> Response:
        room = self._open(asked, held, "read").room
        found = [user_id(one.id) for one in members(self.facts.organisation, room, self._now)]
        if joined(room):
            found.append(HUB)
        shown, following = self._page(request, asked, found, "members")
        return _listed("members", shown, following)

    def _open(self, asked: dict[str, str], held: frozenset[str], scope: str) -> Channel:
        channel = self._channels.get(asked.get("channel", ""))
        if channel is None or (channel.room.private and not joined(channel.room)):
            raise no("channel_not_found")
        require(f"{'groups' if channel.room.private else 'channels'}:{scope}", held)
        return channel

    # -- what was said ------------------------------------------------------------------------------------

    def _history(self, request: Request, asked: dict[str, str], held: frozenset[str]) -> Response:
        channel = self._open(asked, held, "history")
        if not joined(channel.room) or asked["channel"] in self.outbox.left:
            raise no("not_in_channel")
        now = self._now
        oldest, latest = asked.get("oldest", ""), asked.get("latest", "")
        found = channel.between(
            oldest,
            latest,
            inclusive=asked.get("inclusive") == "true",
            now=milliseconds(self.clock() - _LATE) if request.take(Fault.LATE_INDEX) else now,
        )
        with_metadata = asked.get("include_all_metadata") in ("true", "1")
        lines: list[Entry | Json] = [
            *self.outbox.posted_in(asked["channel"], oldest, latest, metadata=with_metadata),
            *(entry for entry in found if f"{asked['channel']}:{entry.root}" not in self.deleted),
        ]
        lines.sort(key=lambda line: line["ts"] if isinstance(line, dict) else line.ts, reverse=True)
        shown, following = self._page(request, asked, lines, "messages")
        messages = [line if isinstance(line, dict) else channel.shown(line, now) for line in shown]
        return _listed("messages", messages, following, has_more=bool(following))

    def _post(self, request: Request, asked: dict[str, str], held: frozenset[str]) -> Response:
        channel = asked.get("channel", "")
        known = self._channels.get(channel)
        if known is None and any(user_id(one.id) == channel for one in self._people()):
            # A user's id stands for the conversation with the app.
            return self.outbox.post(request, channel, held)
        if known is None or (known.room.private and not joined(known.room)):
            raise no("channel_not_found")
        if known.room.closed or channel in self.outbox.archived:
            raise no("is_archived")
        if not joined(known.room) or channel in self.outbox.left:
            raise no("not_in_channel")
        return self.outbox.post(request, channel, held)

    def _replies(self, request: Request, asked: dict[str, str], held: frozenset[str]) -> Response:
        channel = self._open(asked, held, "history")
        if not joined(channel.room):
            raise no("not_in_channel")
        now = self._now
        exchange = channel.thread(asked.get("ts", ""), now)
        if exchange is None or f"{asked['channel']}:{asked['ts']}" in self.deleted:
            raise no("thread_not_found")
        root = head(exchange, now)
        found = [message(reply, now) | {"thread_ts": root["ts"]} for reply in exchange.heard(now)]
        shown, following = self._page(request, asked, found, "messages")
        # The parent comes first on every page, not only on the first one.
        return _listed("messages", [root, *shown], following, has_more=bool(following))

    # -- how much -----------------------------------------------------------------------------------------

    def _file(self, _: Request, asked: dict[str, str], held: frozenset[str]) -> Response:
        if not self.analytics:
            raise no("feature_not_enabled")
        require("admin.analytics:read", held)
        try:
            day = date.fromisoformat(asked.get("date", ""))
        except ValueError:
            raise no("invalid_date") from None
        days = use.filed(self.facts, self._now)
        if day not in days:
            raise no("file_not_yet_available" if not days or day > days[-1] else "file_not_found")
        lines = [self._line(one, day) for one in self.facts.organisation.accounts.values() if use.was_there(one, day)]
        body = gzip.compress(b"\n".join(map(msgspec.json.encode, lines)), mtime=0)
        return Response(200, body, "application/gzip")

    @cached_property
    def _counts(self) -> dict[tuple[str, str, date], int]:
        return use.counts(self.facts, self.facts.organisation.horizon)

    def _line(self, account: Account, day: date) -> Json:
        said, reacted = (self._counts.get((account.id, event, day), 0) for event in ("messages", "reactions"))
        return {
            "enterprise_id": "E0WORK",
            "date": day.isoformat(),
            "user_id": user_id(account.id),
            "email_address": address(account),
            "is_guest": not is_paid(account),
            "is_billable_seat": is_paid(account),
            "is_active": bool(said or reacted or use.just_read(account, day)),
            "messages_posted_count": said,
            "channel_messages_posted_count": said,
            "reactions_added_count": reacted,
            "files_added_count": 0,
            "search_count": 0,
            "huddles_count": 0,
        }

    def _accesses(self, _: Request, asked: dict[str, str], held: frozenset[str]) -> Response:
        require("admin", held)
        try:
            size, number = int(asked.get("count", "100")), int(asked.get("page", "1"))
            before = int(asked.get("before", self._now // 1000))
        except ValueError:
            raise no("invalid_arguments") from None
        if not (1 <= size <= _MOST + 1 and 1 <= number <= _MOST_PAGES):
            raise no("over_pagination_limit")
        size = min(size, self._page_cap or size)
        rows = [row for row in use.accesses(self.facts, self._counts, self._now) if row.last // 1000 <= before]
        rows.sort(key=lambda row: (row.last, row.account, row.program), reverse=True)
        start = (number - 1) * size
        logins = [
            {
                "user_id": user_id(row.account),
                "user_agent": row.program,
                "ip": None,
                "date_first": row.first // 1000,
                "date_last": row.last // 1000,
                "count": row.times,
            }
            for row in rows[start : start + size]
        ]
        paging = {"count": size, "total": len(rows), "page": number, "pages": -(-len(rows) // size)}
        return json_response({"ok": True, "logins": logins, "paging": paging})

    # -- pages --------------------------------------------------------------------------------------------

    def _page(self, request: Request, asked: dict[str, str], rows: Sequence[T], what: str) -> tuple[Sequence[T], str]:
        """Some of the rows, and the token of the next ones; tokens count from the end of a list that grows there."""
        try:
            size = int(asked.get("limit", "100"))
        except ValueError:
            raise no("invalid_limit") from None
        if not 1 <= size <= _MOST:
            raise no("invalid_limit")
        size = min(size, self._page_cap or _MOST)
        if what == "messages" and self.gate.limits == "2025":
            size = min(size, LIMITED_PAGE)
        token = asked.get("cursor", "")
        start = self._start(request, token) if token else 0
        following = start + size
        if following >= len(rows):
            return rows[start:], ""
        if request.take(Fault.DUPLICATE_PAGE):
            following = start
        if token and request.take(Fault.REPEATED_TOKEN):
            return rows[start : start + size], token
        self._tokens += 1
        return rows[start : start + size], base64.b64encode(f"next:{following}:{self._tokens}".encode()).decode()

    def _start(self, request: Request, token: str) -> int:
        if request.take(Fault.EXPIRED_TOKEN):
            raise no("invalid_cursor")
        try:
            return int(base64.b64decode(token, validate=True).decode().split(":")[1])
        except (binascii.Error, UnicodeDecodeError, ValueError, IndexError):
            raise no("invalid_cursor") from None


def _user(
    identity: str,
    name: str,
    *,
    is_bot: bool,
    deleted: bool = False,
    is_workflow_bot: bool = False,
    profile: Json | None = None,
) -> Json:
    written = {"real_name": name, "display_name": "", **(profile or {})}
    user: Json = {"id": identity, "team_id": TEAM, "name": identity.lower(), "deleted": deleted, "profile": written}
    user["is_bot"] = is_bot
    if is_workflow_bot:
        user["is_workflow_bot"] = True
    return user


def _listed(name: str, rows: Sequence[Json | str], following: str, **more: bool) -> Response:
    return json_response({"ok": True, name: rows, "response_metadata": {"next_cursor": following}, **more})


def _arguments(request: Request) -> dict[str, str]:
    """Arguments of the query, of a form or of a JSON body."""
    found = {name: values[0] for name, values in request.query.items()}
    if request.body and "json" in request.headers.get("content-type", ""):
        try:
            body = msgspec.json.decode(request.body, type=dict[str, object])
        except msgspec.MsgspecError:
            raise Refused(json_response({"ok": False, "error": "invalid_json"})) from None
        found |= {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in body.items()}
    elif request.body:
        found |= {name: values[0] for name, values in parse_qs(request.body.decode("latin-1")).items()}
    return found
