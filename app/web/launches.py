"""`/launches`: what launches cost and bring: launch time, bugs per launch, and any number before and after an event."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Form, Response

from app.charts.series import named
from app.core.errors import InvalidError
from app.core.texts import marked
from app.metrics import query as metrics
from app.store import annotations
from app.web import numbers
from app.web.cards import card
from app.web.dashboard import Cell, Dashboard, Listing, Part
from app.web.figures import Figure, figure
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()

COMPARED = (
    "cycle_time", "lead_time", "throughput", "reopen_rate", "automation_rate", "flow_efficiency", "adoption_rate",
    "response_time", "meeting_share",
)  # fmt: skip
"""The metrics that are offered for a comparison before and after."""
SPANS = (14, 28, 56, 90)
"""How many days on each side of an event are compared."""
MOST_EVENTS = 200
MOST_LAUNCHES = 50
_MOST_RELEASES = 2_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the address asks to compare: a metric around the day of an event, so many days on each side."""

    metric: str
    days: int
    day: date | None
    event: str


def parts(view: View) -> list[Part]:
    """Before and after, launch times and bugs, and the events themselves."""
    events = _events(view)
    asked = comparison(view, events)
    return [
        Part(
            view.gettext("What changed with a launch?"),
            intro=view.gettext("As many days before as after. An interval beside zero is more than chance."),
            form="parts/comparison_form.html",
            figures=_impact(view, asked),
            listings=[] if asked.day else [_no_event(view)],
        ),
        Part(
            view.gettext("How long does a launch take, and what follows it?"),
            cards=[
                card(view, "launch_time"),
                card(view, "launch_time", measure="from_created", title=view.gettext("Launch time since creation")),
                card(view, "bugs_per_launch"),
            ],
            figures=[
                figure(view, "trend", "launch_time", grain="month", title=view.gettext("Launch time by month")),
                figure(view, "trend", "bugs_per_launch", grain="month", title=view.gettext("Bugs per launch by month")),
            ],
            listings=[_launches(view)],
        ),
        Part(view.gettext("Which events are drawn over the charts?"), listings=[_listed(view, events)]),
    ]  # fmt: skip


def comparison(view: View, events: list[dict[str, Any]]) -> Comparison:
    """What the address asks for: the latest event with as many days behind it as are asked for, where it names none."""
    query = view.request.query_params
    metric = query.get("metric", "")
    days = int(query["days"]) if query.get("days") in [str(days) for days in SPANS] else SPANS[1]
    chosen = next((event for event in events if str(event["id"]) == query.get("event")), None)
    if chosen is None:
        whole = view.clock.now() - timedelta(days=days)
        chosen = next((event for event in events if event["starts_at"] <= whole), events[0] if events else None)
    day = None if chosen is None else chosen["starts_at"].astimezone(view.service.settings.zone).date()
    return Comparison(
        metric if metric in COMPARED else COMPARED[0], days, day, "" if chosen is None else str(chosen["id"])
    )


def more(view: View) -> dict[str, Any]:
    """What the forms show."""
    events = _events(view)
    titles = [(name, getattr(metrics.metric_named(name).title, view.language)) for name in COMPARED]
    zone = view.service.settings.zone
    known = [
        (str(event["id"]), f"{view.language.day(event['starts_at'].astimezone(zone).date())} · {_title(event)}")
        for event in events
    ]
    return {"asked": comparison(view, events), "metrics": titles, "spans": SPANS, "events": known}


def _impact(view: View, asked: Comparison) -> list[Figure]:
    if asked.day is None:
        return []
    span = timedelta(days=asked.days)
    start, end = asked.day - span, asked.day + span
    around = {"from": asked.day.isoformat(), "to": end.isoformat(), "compare": f"{start}/{asked.day}"}
    spanning = {"from": start.isoformat(), "to": end.isoformat()}
    day = "day" if asked.days < SPANS[2] else "week"
    title = getattr(metrics.metric_named(asked.metric).title, view.language)
    return [
        figure(view, "impact", "impact", around, of=asked.metric),
        figure(
            view,
            "trend",
            asked.metric,
            spanning,
            grain=day,
            title=view.gettext("%(metric)s around the event", metric=title),
        ),
    ]


def _no_event(view: View) -> Listing:
    return Listing(view.gettext("Event"), (), (), empty=view.gettext("No event to compare around: add one below."))


def _launches(view: View) -> Listing:
    zone = view.service.settings.zone
    query = numbers.question(view, "bugs_per_launch", grain="total")
    found = metrics.behind(view.service.facts, view.told, query, limit=_MOST_RELEASES)
    # Tools give each project a release of its own: those of one name and day are one launch to whoever reads.
    bugs: dict[tuple[date, str], list[int]] = {}
    for fact in reversed(found["items"]):
        if "release" in fact:
            day = datetime.fromisoformat(fact["at"]).astimezone(zone).date()
            bugs.setdefault((day, named("release", fact["release"], view.language)), []).append(fact["numerator"])
    rows = [
        [view.language.day(day), name, view.language.number(len(some)), view.language.number(sum(some))]
        for (day, name), some in [*bugs.items()][:MOST_LAUNCHES]
    ]
    columns = (
        (view.gettext("Day"), ""),
        (view.gettext("Launch"), ""),
        (view.gettext("Projects"), "number"),
        (view.gettext("Bugs"), "number"),
    )
    return Listing(
        view.gettext("Launches and the bugs that followed each"),
        columns,
        rows,
        empty=view.gettext("No launch in this period: releases come from the tools, and items name theirs."),
    )


def _listed(view: View, events: list[dict[str, Any]]) -> Listing:
    zone = view.service.settings.zone
    rows: list[list[Cell]] = []
    for event in events:
        address = view.filters.link("/launches", event=str(event["id"]))
        title: Cell = _title(event) if view.shared else (_title(event), address)
        rows.append(
            [
                view.language.moment(event["starts_at"], zone),
                title,
                ", ".join(event["tags"]),
            ]
        )
    return Listing(
        view.gettext("Events, the latest first"),
        ((view.gettext("When"), ""), (view.gettext("Event"), ""), (view.gettext("Tags"), "")),
        rows,
        empty=view.gettext("No event yet: add a launch or a change, and it is drawn over the charts."),
    )  # fmt: skip


def _events(view: View) -> list[dict[str, Any]]:
    with view.service.database.read() as connection:
        rows, _ = annotations.page(connection, limit=MOST_EVENTS, after=None, until=view.clock.now())
    return rows


def _title(event: dict[str, Any]) -> str:
    return str(event["title"] or event["text"])


DASHBOARD = Dashboard(
    path="/launches", title=marked("Launches and impact"), parts=parts, more=more, template="launches.html"
)


@routes.get("/launches", **page("viewer"))
def launches(view: TheView) -> Response:
    """Launches over the page's period, and a comparison around one event."""
    return DASHBOARD.shown(view)


@routes.post("/launches/events", **page("editor"))
def add_event(
    view: TheView,
    day: Annotated[str, Form(max_length=10)] = "",
    title: Annotated[str, Form(max_length=200)] = "",
    tags: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Add an event of a day, to be drawn over charts. Raises InvalidError."""
    try:
        begins = datetime.combine(date.fromisoformat(day), time(12), view.service.settings.zone)
    except ValueError as error:
        raise InvalidError.at(["body", "day"], "Send a day such as 2026-11-22.") from error
    if not title.strip():
        raise InvalidError.at(["body", "title"], "Say what happened.")
    with view.act() as act:
        values = {
            "starts_at": begins.astimezone(UTC),
            "ends_at": None,
            "title": title.strip(),
            "text": "",
            "created_by": act.actor,
            "created_at": act.now,
        }
        event_id = annotations.create(act.connection, values, _tags(tags))
        act.audit("annotation.create", f"annotation:{event_id}", title=title.strip())
    return view.redirect("/launches", event=str(event_id))


def _tags(text: str) -> list[str]:
    return list(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))
