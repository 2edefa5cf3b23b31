"""The routes of a Mixpanel project: the export of events, profiles, and the names of events."""

import base64
import binascii
import gzip
import re
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import msgspec

from connectors.kit.organisation import Ms, Organisation, instant, milliseconds
from connectors.kit.records import Record
from connectors.kit.sandbox import Refused, Request, Response, Router, json_response
from connectors.kit.sandbox_faults import Fault
from connectors.mixpanel.sandbox.lines import broken_over_two, line, repeated
from connectors.mixpanel.sandbox.product import EVENTS, NIGHTLY, Product, Sent, email, user_id
from connectors.mixpanel.sandbox.truth import truth

_PACKED_FROM = 1_400
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Keys:
    """What the sandbox accepts. Replace it while it runs to revoke a secret."""

    project_id: int = 2_190_042
    username: str = "sync.fake.mp-service-account"
    secret: str = field(default="fake-service-secret", repr=False)
    project_secret: str = field(default="fake-project-secret", repr=False)
    may_query: bool = True
    """Whether the credentials may read profiles and names of events."""


class MixpanelSandbox:
    """A generated organisation's product as a Mixpanel project. Serve it with `connectors.kit.sandbox.serving`.

    What is visible follows `clock`. `days` is for how long the product has been measured, `pace` the mean of a
    busy person's events in a day, `queries_an_hour` the quota (None: not enforced). A `time_zone` other than UTC
    makes it a project from before 2023, whose days and times are local. `late_index` is how old the export is
    for a request that meets that fault.
    """

    def __init__(
        self,
        organisation: Organisation,
        *,
        clock: Callable[[], datetime],
        keys: Keys | None = None,
        days: int = 42,
        pace: int = 5,
        time_zone: str = "UTC",
        page_size: int = 1_000,
        queries_an_hour: int | None = None,
        late_index: timedelta = timedelta(hours=6),
    ) -> None:
        self.clock = clock
        self.keys = keys or Keys()
        self.url = ""
        """The address of both APIs; known once it is served."""
        self.product = Product(organisation, days=days, pace=pace)
        self._zone = ZoneInfo(time_zone)
        self._page_size = page_size
        self._queries_an_hour = queries_an_hour
        self._late_index = late_index
        self._asked: dict[str, deque[Ms]] = {}
        self._sessions: dict[str, list[dict[str, Any]]] = {}
        self._lock = threading.RLock()
        self._router = Router()
        self._router.add("GET", "/api/2.0/export", self._export)
        self._router.add("POST", "/api/query/engage", self._engage)
        self._router.add("GET", "/api/query/events/names", self._names)

    def mounted(self, url: str) -> None:
        """See `App`."""
        self.url = url

    def spared(self, path: str) -> bool:  # noqa: ARG002
        """See `App`: every request only reads."""
        return False

    def respond(self, request: Request) -> Response:
        """See `App`."""
        found = self._router.find(request.method, request.path)
        if isinstance(found, int):
            return Response(found, b"<html><body>Not found</body></html>", "text/html")
        handler, segments = found
        with self._lock:
            self._admit(request)
            return handler(request, **segments)

    def truth(
        self, now: datetime | None = None, *, events: Collection[str] = (), exclude_server_side: bool = False
    ) -> dict[str, list[Record]]:
        """What a perfect sync at `now` (the clock's instant, if None) leaves in the store, by record type.

        `events` and `exclude_server_side` are the source's settings.
        """
        at = milliseconds(now or self.clock())
        with self._lock:
            return truth(self.product, self._zone, at, events=events, exclude_server_side=exclude_server_side)

    # -- who may ask, and how often -----------------------------------------------------------------------

    def _admit(self, request: Request) -> None:
        keys = self.keys
        name, secret = _basic(request.headers.get("authorization", ""))
        account = (name, secret) == (keys.username, keys.secret)
        if not account and (name, secret) != (keys.project_secret, ""):
            raise _refuse(401, "Invalid service account credentials or project secret")
        project = request.param("project_id")
        if account and not project:
            raise _refuse(400, "Unable to authenticate request: project_id is a required parameter")
        if project and project != str(keys.project_id):
            raise _refuse(403, "Access to the project is denied")
        query = request.path.startswith("/api/query")
        if query and not keys.may_query:
            raise _refuse(403, "Access to the query API is denied")
        self._count("query" if query else "export")

    def _count(self, api: str) -> None:
        if self._queries_an_hour is None:
            return
        now, asked = milliseconds(self.clock()), self._asked.setdefault(api, deque())
        while asked and asked[0] <= now - 3_600_000:
            asked.popleft()
        if len(asked) >= self._queries_an_hour:
            raise _refuse(429, "Query rate limit exceeded: 60 queries per hour")
        asked.append(now)

    # -- events -------------------------------------------------------------------------------------------

    def _export(self, request: Request) -> Response:
        now = milliseconds(self.clock())
        first, last = _date(request, "from_date"), _date(request, "to_date")
        if first > last:
            raise _refuse(400, "from_date cannot be later than to_date")
        if last > instant(now).astimezone(self._zone).date():
            raise _refuse(400, "to_date cannot be later than today")
        names = _names_in(request.param("event"))
        limit = request.param("limit") or "100000000"
        if not limit.isdigit() or (request.param("limit") and not 1 <= int(limit) <= 100_000):
            raise _refuse(400, "limit must be between 1 and 100000")
        seen_until = now - (milliseconds_of(self._late_index) if request.take(Fault.LATE_INDEX) else 0)
        lines: list[bytes] = []
        for one in self._between(first, last):
            if one.arrives <= seen_until and (names is None or one.name in names):
                lines += self._written(one, now)
                if len(lines) >= int(limit):
                    break
        return _packed(request, _spoilt(request, lines[: int(limit)]))

    def _between(self, first: date, last: date) -> Sequence[Sent]:
        """The events of days in the project's zone."""
        found: list[Sent] = []
        day = max(first - timedelta(days=1), self.product.launched)
        while day <= last + timedelta(days=1):
            sent = self.product.day(day)
            if self._zone.key != "UTC":
                sent = tuple(one for one in sent if first <= self._local(one.at).date() <= last)
            elif not first <= day <= last:
                sent = ()
            found += sent
            day += timedelta(days=1)
        return found

    def _local(self, at: Ms) -> datetime:
        return instant(at).astimezone(self._zone)

    def _written(self, one: Sent, now: Ms) -> list[bytes]:
        offset = self._local(one.at).utcoffset() or timedelta(0)
        written = line(one, now, shift=milliseconds_of(offset))
        if one.repeated:
            return [written, repeated(written)]
        if one.insert_id is not None and one.insert_id.endswith("a0"):
            return [broken_over_two(written)]
        return [written]

    # -- the rest -----------------------------------------------------------------------------------------

    def _engage(self, request: Request) -> Response:
        form = parse_qs(request.body.decode())
        number = int(form.get("page", ["0"])[0])
        session = form.get("session_id", [""])[0]
        if number and not session:
            raise _refuse(400, "session_id is required for page > 0")
        if number and (session not in self._sessions or request.take(Fault.EXPIRED_TOKEN)):
            raise _refuse(400, "request for page in uncached query for params")
        if not session:
            wanted = msgspec.json.decode(form["output_properties"][0]) if "output_properties" in form else None
            session = f"1234567890-{len(self._sessions)}"
            self._sessions[session] = self._profiles(wanted)
        profiles = self._sessions[session]
        if number and (request.take(Fault.DUPLICATE_PAGE) or request.take(Fault.REPEATED_TOKEN)):
            number -= 1
        start = number * self._page_size
        return json_response(
            {
                "page": number,
                "page_size": self._page_size,
                "session_id": session,
                "status": "ok",
                "total": len(profiles),
                "results": profiles[start : start + self._page_size],
            }
        )

    def _profiles(self, wanted: Collection[str] | None) -> list[dict[str, Any]]:
        now = milliseconds(self.clock())
        found: list[dict[str, Any]] = []
        for person in self.product.users.values():
            if self.product.began(person) > now:
                continue
            seen = self.product.last_seen(person.id, now)
            properties = {
                "$name": person.name,
                "$email": email(person),
                "$created": _plain(self.product.began(person)),
                "$last_seen": None if seen is None else _plain(seen),
                "$city": "Paris",
                "plan": "internal",
            }
            shown = {
                name: value
                for name, value in properties.items()
                if value is not None and (wanted is None or name in wanted)
            }
            found.append({"$distinct_id": user_id(person.id), "$properties": shown})
        return found

    def _names(self, request: Request) -> Response:
        if request.param("type") not in ("general", "unique", "average"):
            raise _refuse(400, "type is a required parameter")
        return json_response(sorted((NIGHTLY, *(name for name, _ in EVENTS)), reverse=True))


def milliseconds_of(duration: timedelta) -> Ms:
    """A duration as milliseconds."""
    return duration // timedelta(milliseconds=1)


def _spoilt(request: Request, lines: list[bytes]) -> bytes:
    """The answer's body. An export has no tokens: what ends one early stands in for the faults of tokens."""
    if request.take(Fault.DUPLICATE_PAGE):
        lines = [*lines, *(one for one in lines if b"insert_id" in one)]
    if lines and request.take(Fault.EXPIRED_TOKEN):
        return b"".join(lines[: len(lines) // 2]) + b"terminated early\n"
    if lines and request.take(Fault.REPEATED_TOKEN):
        return b"".join(lines)[:-20]
    return b"".join(lines)


def _packed(request: Request, body: bytes) -> Response:
    if len(body) > _PACKED_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(200, gzip.compress(body, 1, mtime=0), "text/plain", (("Content-Encoding", "gzip"),))
    return Response(200, body, "text/plain")


def _plain(at: Ms) -> str:
    return instant(at // 1000 * 1000).strftime("%Y-%m-%dT%H:%M:%S")


def _date(request: Request, name: str) -> date:
    text = request.param(name)
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise _refuse(400, f"{name} is no date") from error
    raise _refuse(400, f"{name} must be in the format yyyy-mm-dd")


def _names_in(text: str) -> frozenset[str] | None:
    if not text:
        return None
    try:
        return frozenset(msgspec.json.decode(text, type=list[str]))
    except msgspec.DecodeError as error:
        raise _refuse(400, "event must be a JSON array") from error


def _basic(header: str) -> tuple[str, str]:
    scheme, _, proof = header.partition(" ")
    try:
        name, _, secret = base64.b64decode(proof, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (name, secret) if scheme.lower() == "basic" else ("", "")


def _refuse(status: int, text: str) -> Refused:
    return Refused(json_response({"error": text, "status": "error"}, status))
