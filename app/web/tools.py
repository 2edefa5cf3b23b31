"""`/tools`: who uses the tools, what their seats cost, which features are used, and whether people like them."""

from typing import Any

from fastapi import Response

from app.charts.series import named
from app.core.texts import marked
from app.web import numbers
from app.web.cards import card
from app.web.dashboard import Cell, Dashboard, Listing, Part
from app.web.figures import figure
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()
Plain = dict[str, Any]


def parts(view: View) -> list[Part]:
    """Use, seats, features and satisfaction."""
    return [
        Part(
            view.gettext("Are they used?"),
            cards=[
                card(view, "active_users", measure="dau", title=view.gettext("Daily active users")),
                card(view, "active_users", measure="wau", title=view.gettext("Weekly active users")),
                card(view, "active_users", measure="mau", title=view.gettext("Monthly active users")),
                card(view, "stickiness"),
                card(view, "adoption_rate"),
            ],
            figures=[
                figure(
                    view,
                    "active_users",
                    "active_users",
                    grain="day",
                    title=view.gettext("Active users by day"),
                    wide=True,
                ),
                figure(
                    view,
                    "comparison",
                    "adoption_rate",
                    grain="total",
                    group_by="tool",
                    title=view.gettext("Adoption by tool"),
                ),
                figure(view, "trend", "stickiness", group_by="tool", title=view.gettext("Stickiness by tool")),
            ],
        ),
        Part(
            view.gettext("What do the seats cost?"),
            cards=[
                card(view, "seat_utilisation"),
                card(view, "seat_utilisation", measure="bought", title=view.gettext("Seats bought")),
                card(view, "seat_utilisation", measure="held", title=view.gettext("Seats held")),
                card(view, "seat_utilisation", measure="never_used", title=view.gettext("Seats never used")),
                card(view, "seat_utilisation", measure="idle_cost", title=view.gettext("Cost of idle seats a month")),
            ],
            figures=[figure(view, "seats", "seat_utilisation", grain="total", group_by="tool", wide=True)],
            listings=[_seats(view)],
        ),
        Part(
            view.gettext("Which features are used?"),
            figures=[figure(view, "features", "feature_usage", grain="total", wide=True)],
        ),
        Part(
            view.gettext("Are they liked?"),
            cards=[
                card(view, "tool_satisfaction"),
                card(view, "tool_satisfaction", measure="nps", title=view.gettext("Net promoter score")),
            ],
            figures=[
                figure(
                    view,
                    "comparison",
                    "tool_satisfaction",
                    grain="total",
                    group_by="tool",
                    title=view.gettext("Satisfaction by tool"),
                ),
                figure(view, "trend", "tool_satisfaction", grain="month", title=view.gettext("Satisfaction by month")),
            ],
            listings=[_satisfaction(view)],
        ),
    ]


def _seats(view: View) -> Listing:
    columns = [
        (view.gettext("Tool"), ""),
        *(
            (name, "number")
            for name in (
                view.gettext("Bought"),
                view.gettext("Held"),
                view.gettext("Active in 28 days"),
                view.gettext("Never used"),
            )
        ),
        (view.gettext("Cost of idle seats a month"), "number"),
    ]
    rows = []
    for group, total in _by_tool(view, "seat_utilisation"):
        cost = total.get("idle_cost")
        said = "–" if cost is None else view.language.money(cost, total["currency"])
        counts = [_number(view, total.get(name)) for name in ("bought", "held", "active", "never_used")]
        rows.append([_name(view, "seat_utilisation", group), *counts, said])
    return Listing(
        view.gettext("Seats by tool, at the end of the period"),
        columns,
        rows,
        empty=view.gettext("No source says who holds a seat: connect a tool that tells its seats, or push them."),
    )


def _satisfaction(view: View) -> Listing:
    columns = [
        (view.gettext("Tool"), ""),
        *(
            (name, "number")
            for name in (
                view.gettext("Satisfied"),
                view.gettext("Mean"),
                view.gettext("Net promoter score"),
                view.gettext("Responses"),
            )
        ),
        (view.gettext("Share who answered"), "number"),
    ]
    rows = []
    for group, total in _by_tool(view, "tool_satisfaction"):
        rate = total.get("response_rate")
        rows.append(
            [
                _name(view, "tool_satisfaction", group),
                *(_number(view, total.get(name)) for name in ("value", "mean", "nps", "responses")),
                "–" if rate is None else view.language.percent(rate),
            ]
        )
    return Listing(
        view.gettext("Answers to surveys by tool"),
        columns,
        rows,
        empty=view.gettext(
            "Nobody was asked in this period: import the answers to a survey, or choose a longer period."
        ),
    )


def _by_tool(view: View, metric: str) -> list[tuple[Plain, Plain]]:
    told = numbers.answer(view, metric, grain="total", group_by="tool")
    return [
        (series["group"]["tool"], series["total"])
        for series in told["series"]
        if not series.get("suppressed") and not series["total"].get("suppressed")
    ]


def _name(view: View, metric: str, tool: Plain) -> Cell:
    name = named("tool", tool, view.language)
    if view.shared:
        return name
    return name, view.filters.link(f"/metrics/{metric}/facts", group_by="tool", group=tool["id"] or "")


def _number(view: View, value: Any) -> str:
    return "–" if value is None else view.language.number(value)


DASHBOARD = Dashboard(path="/tools", title=marked("Tools"), parts=parts, clocks=False, projects=False)


@routes.get("/tools", **page("viewer"))
def tools(view: TheView) -> Response:
    """The tools over the page's period."""
    return DASHBOARD.shown(view)
