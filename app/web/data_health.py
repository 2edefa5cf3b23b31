"""`/data`: how complete and how fresh the data is, and what of it waits for somebody."""

from datetime import datetime
from typing import Any

from fastapi import Response

from app.core.texts import marked
from app.store import coverage, sources, unsettled
from app.web import numbers
from app.web.cards import card
from app.web.dashboard import Cell, Dashboard, Listing, Part
from app.web.figures import figure
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()

STREAMS = {
    "accounts": marked("Accounts"),
    "channels": marked("Channels"),
    "conversations": marked("Conversations"),
    "item_types": marked("Item types"),
    "meetings": marked("Meetings"),
    "member_days": marked("Days of members"),
    "memberships": marked("Team members"),
    "people": marked("People"),
    "projects": marked("Projects"),
    "releases": marked("Launches"),
    "resolutions": marked("Resolutions"),
    "seats": marked("Seats"),
    "statuses": marked("Statuses"),
    "survey_responses": marked("Answers to surveys"),
    "teams": marked("Teams"),
    "transitions": marked("Histories of items"),
    "usage_days": marked("Use by day"),
    "work_items": marked("Items"),
}
"""What the streams of sources bring; one of a name that is not here is told by it."""


def parts(view: View) -> list[Part]:
    """Completeness, freshness, what is not settled, and whether numbers are read."""
    return [
        Part(
            view.gettext("Is it complete?"),
            cards=[card(view, "data_coverage")],
            figures=[
                figure(view, "coverage", "data_coverage", grain="total", title=view.gettext("Coverage by rule, now")),
                figure(view, "trend", "data_coverage", title=view.gettext("Coverage by week")),
            ],
        ),
        Part(
            view.gettext("Is it fresh?"),
            cards=[card(view, "freshness")],
            figures=[figure(view, "freshness", "freshness", grain="total", wide=True)],
            listings=[_streams(view)],
        ),
        Part(view.gettext("What waits for somebody?"), listings=[_statuses(view), _accounts(view), _rejects(view)]),
        Part(
            view.gettext("Are the numbers read?"),
            cards=[card(view, "data_utilisation")],
            figures=[
                figure(view, "trend", "data_utilisation", title=view.gettext("Numbers that somebody read, by week"))
            ],
        ),
    ]


def _streams(view: View) -> Listing:
    language = view.language
    total = numbers.answer(view, "freshness", grain="total")["series"][0]["total"]
    rows: list[list[Cell]] = []
    for entry in total.get("by") or ():
        until = entry["complete_until"]
        at = (
            view.gettext("never")
            if until is None
            else language.moment(datetime.fromisoformat(until), view.service.settings.zone)
        )
        age = "–" if entry["value"] is None else language.duration(entry["value"])
        rows.append([entry["source"]["name"] or view.gettext("not set"), _stream(view, entry["stream"]), at, age])
    return Listing(
        view.gettext("Up to when each stream is complete, the oldest first"),
        (
            (view.gettext("Source"), ""),
            (view.gettext("Stream"), ""),
            (view.gettext("Complete until"), ""),
            (view.gettext("Age"), "number"),
        ),
        rows,
        empty=view.gettext("No source is connected yet."),
        folded=True,
    )


def _statuses(view: View) -> Listing:
    with view.service.database.read() as connection:
        found = unsettled.unmapped_statuses(connection)
    rows = [
        [_of_source(view, source_id, name), status, view.language.number(items)]
        for source_id, name, status, items in found
    ]
    return Listing(
        view.gettext("Statuses without a meaning"),
        ((view.gettext("Source"), ""), (view.gettext("Status"), ""), (view.gettext("Items in it"), "number")),
        rows,
        empty=view.gettext("None: every status that holds items is mapped to a category."),
    )


def _accounts(view: View) -> Listing:
    with view.service.database.read() as connection:
        names = {source.id: source.name for source in sources.every(connection)}
        found = coverage.humans(connection)
    rows: list[list[Cell]] = []
    for source_id, joined, every in sorted(found, key=lambda row: row[1] - row[2]):
        if every > joined:
            name = names.get(source_id, "")
            cell: Cell = (name, "/admin/accounts") if _is_admin(view) else name
            rows.append([cell, view.language.number(every - joined), view.language.number(every)])
    return Listing(
        view.gettext("Accounts without a person"),
        (
            (view.gettext("Source"), ""),
            (view.gettext("Without a person"), "number"),
            (view.gettext("Accounts of humans"), "number"),
        ),
        rows,
        empty=view.gettext("None: every account of a human is joined to a person."),
    )


def _rejects(view: View) -> Listing:
    with view.service.database.read() as connection:
        found = unsettled.rejects(connection)
    rows = [
        [_of_source(view, source_id, name), _stream(view, stream), view.language.number(records)]
        for source_id, name, stream, records in found
    ]
    return Listing(
        view.gettext("Records that were set aside"),
        ((view.gettext("Source"), ""), (view.gettext("Stream"), ""), (view.gettext("Records"), "number")),
        rows,
        empty=view.gettext("None: every record that was read could be understood."),
    )


def _stream(view: View, name: str | None) -> str:
    if name is None:
        return "–"
    return view.gettext(STREAMS[name]) if name in STREAMS else name


def _of_source(view: View, source_id: Any, name: str) -> Cell:
    return (name, f"/admin/sources/{source_id}") if _is_admin(view) else name


def _is_admin(view: View) -> bool:
    return view.principal is not None and view.principal.may("admin")


DASHBOARD = Dashboard(path="/data", title=marked("Data health"), parts=parts, clocks=False, projects=False)


@routes.get("/data", **page("viewer"))
def data_health(view: TheView) -> Response:
    """The state of the data."""
    return DASHBOARD.shown(view)
