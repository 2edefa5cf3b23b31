"""`/shares`: links to pages for people without an account, and `/share/{secret}`: the page of a link.

A link shows one page with the filters that it was made with, and leads nowhere else. Links end, can be revoked, and
are off until an admin switches them on.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form, Request, Response
from sqlalchemy import RowMapping

from app.core.errors import ConflictError, InvalidError, NotFoundError, TooManyRequestsError
from app.core.texts import marked
from app.store import settings as deployment
from app.store import shares
from app.web import communication, data_health, flow, launches, maturity, overview, tools
from app.web.dashboard import Dashboard
from app.web.filter_bar import choices
from app.web.routing import open_page, page, pages
from app.web.shell import content_policy
from app.web.view import TheView, View

routes = pages()

PAGES: Mapping[str, Dashboard] = {
    module.DASHBOARD.path: module.DASHBOARD
    for module in (overview, flow, tools, communication, launches, data_health, maturity)
}
"""The pages that can be shared, by path."""
LIVES = (7, 30, 90, 365)
"""Days after which a link may end."""
MOST_LISTED = 200
NOTICES = {"revoked": marked("The link is revoked: it shows nothing any more.")}
_FILTERS = ("team", "project", "period", "clock", "compare", "metric", "event", "days", "items")


@routes.get("/shares", **page("editor"))
def show_shares(view: TheView, notice: str = "") -> Response:
    """The links that there are, and the form for one more."""
    return _listed(view, notice=NOTICES.get(notice, ""))


@routes.post("/shares", **page("editor"))
def create_share(
    view: TheView,
    page: Annotated[str, Form(max_length=100)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    days: Annotated[int, Form()] = LIVES[1],
) -> Response:
    """Make a link to a page with the filters of the address; its secret is shown in this answer only."""
    if page not in PAGES or days not in LIVES:
        raise InvalidError.at(["body", "page"], "There is no such page to share, or the link would live too long.")
    if not view.service.settings.shares:
        raise ConflictError("Links are switched off: an admin switches them on in the settings.")
    question = {"page": page, **_filters(view)}
    with view.act() as act:
        row, secret = shares.create(
            act.connection,
            name=name.strip() or view.gettext(PAGES[page].title),
            question=question,
            by=act.actor,
            now=act.now,
            expires_at=act.now + timedelta(days=days),
        )
        view.service.mask([secret])
        act.audit("share.create", f"share:{row['id']}", name=row["name"], page=page)
    origin = view.service.settings.public_url or str(view.request.base_url).rstrip("/")
    return _listed(view, made=f"{origin}/share/{secret}")


@routes.post("/shares/{share_id}/revoke", **page("editor"))
def revoke_share(view: TheView, share_id: UUID) -> Response:
    """Refuse a link from now on."""
    with view.act() as act:
        name = shares.revoke(act.connection, share_id, act.now)
        if name is None:
            raise NotFoundError("There is no link with this id.")
        act.audit("share.revoke", f"share:{share_id}", name=name)
    return view.redirect("/shares", notice="revoked")


@routes.get("/share/{secret}", **open_page())
def show_shared(secret: str, request: Request, view: TheView) -> Response:
    """The page of a link, as a viewer would see it with these filters."""
    service, now = view.service, view.clock.now()
    service.mask([secret])
    with service.database.read() as connection:
        present = deployment.effective(connection, service.settings)
        row = shares.find(connection, secret, now) if present.shares else None
    if row is None or row["question"].get("page") not in PAGES:
        raise NotFoundError("There is no such link, or no longer: ask whoever gave it to you for another.")
    if not service.limiter.admits(str(row["id"]), now):
        raise TooManyRequestsError("This link was opened too often: try again in a minute.")
    settings = service.settings
    asked = {name: text for name, text in request.query_params.items() if name in ("lang", "theme")}
    told = {name: text for name, text in row["question"].items() if name != "page"}
    scope = {**request.scope, "query_string": urlencode({**told, **asked}).encode(), "principal": None, "session": None}
    shown = PAGES[row["question"]["page"]].shown(View(Request(scope), replace(service, settings=settings), shared=True))
    shown.headers["Content-Security-Policy"] = content_policy(settings.embed_origins)
    shown.headers["Cross-Origin-Resource-Policy"] = "cross-origin" if settings.embed_origins else "same-origin"
    shown.headers["X-Robots-Tag"] = "noindex"
    return shown


def _listed(view: View, *, made: str = "", notice: str = "") -> Response:
    path = view.request.query_params.get("page", "")
    with view.service.database.read() as connection:
        rows, _ = shares.page(connection, limit=MOST_LISTED, after=None)
    now = view.clock.now()
    return view.render(
        "shares.html",
        asked=path if path in PAGES else "",
        pages=[(one.path, view.gettext(one.title)) for one in PAGES.values()],
        query=_filters(view),
        choices=choices(view),
        lives=LIVES,
        allowed=view.service.settings.shares,
        links=[_told(view, row, now) for row in rows],
        made=made,
        notice=notice,
    )


def _filters(view: View) -> dict[str, str]:
    query = view.request.query_params
    extra = {name: query[name] for name in _FILTERS if query.get(name)}
    return {**extra, **view.filters.query()}


def _told(view: View, row: RowMapping, now: datetime) -> dict[str, Any]:
    question = row["question"]
    shown = PAGES.get(question.get("page", ""))
    ended = row["revoked_at"] is not None or row["expires_at"] <= now
    return {
        "id": row["id"],
        "name": row["name"],
        "hint": row["hint"],
        "what": view.gettext(shown.title) if shown else question.get("metric", ""),
        "expires_at": row["expires_at"],
        "is_revoked": row["revoked_at"] is not None,
        "is_live": not ended,
    }
