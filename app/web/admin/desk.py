"""What an admin page works with: its view, and the API as whoever signed in may use it.

The pages ask the API itself, inside the process: its roles, its checks and its audit are those of the pages.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import partial
from typing import Annotated, Any

import httpx
import orjson
from anyio.to_thread import run_sync
from fastapi import Depends, Response
from starlette.datastructures import FormData

from app.api import sessions
from app.core.errors import ProblemError
from app.core.texts import marked
from app.store import digests
from app.web.admin.places import PLACES
from app.web.admin.told import told
from app.web.admin.words import CHECKS, STREAMS
from app.web.view import TheView, View

NOTICES = {
    "saved": marked("Saved."),
    "created": marked("Created."),
    "deleted": marked("Deleted."),
    "queued": marked("The sync is queued: it starts in a moment."),
    "cancelled": marked("The sync ends after the page that it reads now."),
    "paused": marked("Paused: nothing is read until you resume it."),
    "resumed": marked("Resumed: it is read by its schedule again."),
    "credentials": marked("The credentials are replaced; what was read stays."),
    "revoked": marked("Revoked: it opens nothing any more."),
    "joined": marked("Joined: the numbers follow with the next publication."),
    "undone": marked("Undone: the account has no person."),
    "sent": marked("Sent: look into Slack."),
    "password": marked("The password is set, and every session of the account has ended."),
}
"""What was done, above the page that follows a form."""


class Refused(ProblemError):
    """The API refused; where a page does not catch it, it is the page's own refusal."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        errors = problem.get("errors") or ()
        super().__init__(_without_place(problem["detail"], errors), errors=errors)
        self.status, self.title = problem["status"], problem["title"]
        self.goes_with: Mapping[str, int] = problem.get("goes_with", {})
        self.wrong: dict[str, str] = {}
        """What is wrong, by the way down to the place, joined by dots."""
        for one in self.errors:
            self.wrong.setdefault(".".join(str(part) for part in one["loc"][1:]), one["msg"])


def _without_place(detail: str, errors: Sequence[Mapping[str, Any]]) -> str:
    """The sentence alone where the API says a place before it, as `body.name: …`: a page shows the place itself."""
    if errors and detail.startswith(f"{'.'.join(str(part) for part in errors[0]['loc'])}: "):
        return str(errors[0]["msg"])
    return detail


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody entered into a form, and what the API said of it."""

    values: Mapping[str, Any] = field(default_factory=dict)
    refused: Refused | None = None

    def value(self, name: str, stored: Any = "") -> Any:
        """What to show in a field: what was entered, else what is stored."""
        found = self.values.get(name, stored)
        return "" if found is None else found

    def error(self, name: str) -> str:
        """What is wrong with a field, or with a part of it."""
        wrong = {} if self.refused is None else self.refused.wrong
        return next((said for place, said in wrong.items() if place == name or place.startswith(f"{name}.")), "")


NOTHING = Entered()


class Desk:
    """One request for an admin page."""

    def __init__(self, view: View) -> None:
        self.view = view

    async def api(self, method: str, path: str, body: Any = None, /, **query: str | None) -> Any:
        """What the API answers. Raises Refused."""
        content = None if body is None else orjson.dumps(body)
        return await self._ask(method, path, content, "application/json", query)

    async def bring(self, path: str, table: bytes, /, **query: str | None) -> Any:
        """What the API answers to a list in CSV. Raises Refused."""
        return await self._ask("POST", path, table, "text/csv", query)

    async def _ask(
        self, method: str, path: str, content: bytes | None, media_type: str, query: Mapping[str, str | None]
    ) -> Any:
        request = self.view.request
        secret: str = request.scope["session"]
        headers = {
            "Cookie": f"{sessions.COOKIE}={secret}",
            sessions.CSRF_HEADER.decode(): sessions.csrf_token(secret),
            "Accept": "application/json",
        }
        if content is not None:
            headers["Content-Type"] = media_type
        given = {name.rstrip("_"): value for name, value in query.items() if value is not None}
        transport = httpx.ASGITransport(request.app)
        async with httpx.AsyncClient(transport=transport, base_url=str(request.base_url), trust_env=False) as client:
            answer = await client.request(
                method, f"/api/v1{path}", params=given, content=content, headers=headers, timeout=None
            )
        if answer.is_error:
            raise Refused(answer.json())
        return orjson.loads(answer.content) if answer.content else None

    async def every(self, path: str, **query: str | None) -> list[dict[str, Any]]:
        """The items of all pages of a list. Raises Refused."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = await self.api("GET", path, limit="1000", cursor=cursor, **query)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    async def form(self) -> FormData:
        """The fields of the form that was sent."""
        return await self.view.request.form()

    async def shown(self, template: str, entered: Entered = NOTHING, **values: Any) -> Response:
        """An admin page. What the API refused is said above it, with its status."""
        notice = NOTICES.get(self.view.request.query_params.get("notice", ""), "")
        common = {
            "entered": entered,
            "nothing": NOTHING,
            "refused": entered.refused,
            "notice": notice,
            "places": self._places(),
            "unposted": await run_sync(self._unposted),
            "instant": datetime.fromisoformat,
            "in_words": lambda sentence: told(sentence, self.view.language),
            "check_word": lambda name: self.view.gettext(CHECKS.get(name, name)),
            "stream_word": lambda name: self.view.gettext(STREAMS.get(name, name)),
            "pairs": lambda names: [(name, name) for name in names],
            "optional": lambda one: replace(one, required=False),
        }
        status = 200 if entered.refused is None else entered.refused.status
        render = partial(self.view.render, f"admin/{template}", status=status, **{**common, **values})
        return await run_sync(render)

    async def outcome(  # noqa: PLR0917 - a line of the caller reads as one sentence.
        self,
        again: Callable[[Entered], Awaitable[Response]],
        notice: str,
        to: str,
        method: str,
        path: str,
        body: Any = None,
        /,
        *,
        entered: Mapping[str, Any] | None = None,
        **query: str | None,
    ) -> Response:
        """Do it and go to the page `to`; where the API refuses, show the form `again` with what it says."""
        try:
            await self.api(method, path, body, **query)
        except Refused as refused:
            return await again(Entered(entered or {}, refused))
        return self.view.redirect(to, notice=notice)

    def begin_of(self, day: str) -> str | None:
        """When a day begins in the deployment's zone, as the API takes instants; what is no day stays as it is."""
        try:
            begins = datetime.combine(date.fromisoformat(day), time(), self.view.service.settings.zone)
        except ValueError:
            return day or None
        return begins.isoformat()

    def _unposted(self) -> int:
        """How many digests wait for somebody to act: said on every admin page, since Slack cannot tell."""
        with self.view.service.database.read() as connection:
            return digests.count_unposted(connection)

    def _places(self) -> Sequence[Any]:
        return [place for place in PLACES if self.view.user.may(place.role)]


async def _desk(view: TheView) -> Desk:
    return Desk(view)


TheDesk = Annotated[Desk, Depends(_desk)]


def text(form: FormData, name: str) -> str:
    """A field's text, without the space around it; empty where there is none."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def texts(form: FormData, name: str) -> list[str]:
    """The texts of a field that may be there several times."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def lines(form: FormData, name: str) -> list[str]:
    """The lines of a field, or its words between commas."""
    return [part.strip() for part in text(form, name).replace(",", "\n").splitlines() if part.strip()]


def entered_values(form: FormData) -> dict[str, Any]:
    """What to show again of a form."""
    return {name: text(form, name) for name in form}


def whole(typed: str) -> Any:
    """A whole number; what is none stays as it is, and the API says so. Empty: none."""
    try:
        return int(typed) if typed else None
    except ValueError:
        return typed


def decimal(typed: str) -> Any:
    """A number, with a comma too; what is none stays as it is. Empty: none."""
    try:
        return float(typed.replace(",", ".")) if typed else None
    except ValueError:
        return typed
