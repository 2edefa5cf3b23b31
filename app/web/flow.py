"""`/flow`: how long work takes, where it waits, what is open, and when the next items will be done."""

import re
from typing import Any

from fastapi import Response

from app.core.texts import marked
from app.web.cards import bottleneck, card
from app.web.dashboard import Dashboard, Part
from app.web.figures import figure
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()

USUAL_ITEMS = 20
"""Of the forecast, where the address names no other number."""
MOST_ITEMS = 100_000


def parts(view: View) -> list[Part]:
    """The charts of the flow, by question."""
    return [
        Part(
            view.gettext("How long does work take?"),
            cards=[card(view, name) for name in ("cycle_time", "active_time", "lead_time", "reaction_time")],
            figures=[
                figure(view, "scatter", "cycle_time", title=view.gettext("Cycle time of each finished item")),
                figure(view, "trend", "cycle_time", title=view.gettext("Cycle time by week")),
                figure(view, "histogram", "cycle_time"),
                figure(view, "bars", "throughput", title=view.gettext("Finished items by week")),
            ],
        ),
        Part(
            view.gettext("Where does work wait?"),
            cards=[bottleneck(view), card(view, "flow_efficiency"), card(view, "reopen_rate")],
            figures=[
                figure(view, "bottleneck", "bottleneck", grain="total"),
                figure(view, "time_in_status", "time_in_status", grain="total"),
                figure(view, "trend", "flow_efficiency", title=view.gettext("Flow efficiency by week")),
                figure(view, "trend", "reopen_rate", title=view.gettext("Reopened items by week")),
            ],
        ),
        Part(
            view.gettext("What is open?"),
            cards=[card(view, name) for name in ("wip", "wip_age", "arrivals")],
            figures=[
                figure(view, "cumulative_flow", "cumulative_flow", grain="day", wide=True),
                figure(view, "ages", "wip_age", title=view.gettext("Age of the work in progress, by status")),
                figure(view, "trend", "wip", title=view.gettext("Work in progress by week")),
            ],
        ),
        Part(
            view.gettext("When will it be done?"),
            figures=[figure(view, "forecast", "forecast", items=str(asked_items(view)), wide=True)],
            intro=view.gettext("From the pace of the last 90 days, drawn ten thousand times."),
            form="parts/forecast_form.html",
        ),
    ]


def asked_items(view: View) -> int:
    """The number of items of the forecast that the address asks for."""
    text = view.request.query_params.get("items", "")
    return min(int(text), MOST_ITEMS) if re.fullmatch(r"[1-9][0-9]{0,8}", text) else USUAL_ITEMS


def more(view: View) -> dict[str, Any]:
    """What the form of the forecast shows."""
    return {"items": asked_items(view), "most_items": MOST_ITEMS}


DASHBOARD = Dashboard(path="/flow", title=marked("Flow"), parts=parts, more=more)


@routes.get("/flow", **page("viewer"))
def flow(view: TheView) -> Response:
    """The flow over the page's period."""
    return DASHBOARD.shown(view)
