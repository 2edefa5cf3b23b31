"""`/digest/{id}`: what a digest says in Slack, as a page: the same sentences and the same chart."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import Response

from app.api import instants
from app.api.digests import courier_of
from app.core.errors import InvalidError, NotFoundError
from app.digest.compose import Composer, overview
from app.digest.content import Content
from app.digest.deliver import PLACEHOLDER
from app.metrics.query import metric_named
from app.store import digests
from app.web.figures import Figure, figure
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()


@routes.get("/digest/{digest_id}", **page("viewer"))
def show_digest(digest_id: UUID, view: TheView, at: str = "") -> Response:
    """A digest as it is told now, or as it was told `at` an instant, with what is known today of those days."""
    with view.service.database.read() as connection:
        row = digests.get(connection, digest_id)
    if row is None:
        raise NotFoundError("There is no digest with this id.")
    now = view.clock.now()
    asked = min(instants.at("at", at, view.service.settings.zone) or now, now)
    try:
        content = courier_of(view.service).content(dict(row), asked)
    except InvalidError:
        return view.render("digest.html", status=409, title=row["name"], digest_id=digest_id, blocks=(), chart=None)
    days = timedelta(days=row["days"])
    return view.render(
        "digest.html",
        title=content.name,
        digest_id=digest_id,
        blocks=Composer(content, view.language).message(PLACEHOLDER)["blocks"],
        chart=_chart(view, content),
        overview=overview(content),
        before=_text(asked - days),
        after=_text(asked + days) if asked + days <= now else "",
    )


def _chart(view: View, content: Content) -> Figure | None:
    """The chart of the message, which a page can draw in its own colours."""
    shown = content.chart
    if shown is None:
        return None
    asked = {"from": shown["from"], "to": shown["to"], "tz": content.zone.key, "grain": shown["grain"]}
    if content.asked and "team" in metric_named(shown["metric"]).dimensions:
        asked["team"] = ",".join(content.asked)
    return figure(view, "trend", shown["metric"], asked)


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
